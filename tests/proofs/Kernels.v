(** Number kernels: executable definitions over [Z] and their specifications.

    Each definition names the Rust function that it models. Numbers are non-negative integers in the units of the Rust
    types: a [Ratio] is its bits (steps of 2^-48), a [Decay] its bits (steps of 2^-63), a price its binary exponent and
    its 64-bit significand. [None] stands for every error of the Rust function. *)

Require Import ZArith Lia List Bool.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** ** Integers *)

Definition W64 : Z := 2 ^ 64.
Definition W128 : Z := 2 ^ 128.

(** A result that must fit 64 or 128 bits. *)
Definition fit64 (x : Z) : option Z := if x <? W64 then Some x else None.
Definition fit128 (x : Z) : option Z := if x <? W128 then Some x else None.

Definition bind {A B} (x : option A) (f : A -> option B) : option B :=
  match x with Some a => f a | None => None end.
Notation "'let?' x := a 'in' b" := (bind a (fun x => b)) (at level 200, x name, a at level 100, b at level 200).

(** The ceiling of [a / b]. *)
Definition cdiv (a b : Z) : Z := - ((- a) / b).

(** [num::mul_div_floor] *)
Definition mul_div_floor (a b d : Z) : option Z := if d =? 0 then None else fit128 (a * b / d).
(** [num::mul_div_ceil] *)
Definition mul_div_ceil (a b d : Z) : option Z := if d =? 0 then None else fit128 (cdiv (a * b) d).
(** [num::isqrt_floor] *)
Definition isqrt_floor (n : Z) : Z := Z.sqrt n.
(** [num::isqrt_ceil] *)
Definition isqrt_ceil (n : Z) : Z := let s := Z.sqrt n in if s * s =? n then s else s + 1.
(** [num::shr_floor], [num::shr_ceil] *)
Definition shr_floor (n shift : Z) : Z := n / 2 ^ shift.
Definition shr_ceil (n shift : Z) : Z := cdiv n (2 ^ shift).
(** [num::mul_shr_floor], [num::mul_shr_ceil] *)
Definition mul_shr_floor (a b shift : Z) : option Z := fit128 (a * b / 2 ^ shift).
Definition mul_shr_ceil (a b shift : Z) : option Z := fit128 (cdiv (a * b) (2 ^ shift)).
(** [num::shl_div_floor], [num::shl_div_ceil] *)
Definition shl_div_floor (n shift d : Z) : option Z := mul_div_floor n (2 ^ shift) d.
Definition shl_div_ceil (n shift d : Z) : option Z := mul_div_ceil n (2 ^ shift) d.
(** [u128::checked_add], [u128::checked_sub], [u128::saturating_sub] (the names [checked_add], [checked_sub] and
    [excess_over] of [Amount] and [Value]) *)
Definition add128 (a b : Z) : option Z := fit128 (a + b).
Definition sub128 (a b : Z) : option Z := if a <? b then None else Some (a - b).
Definition excess (a b : Z) : Z := Z.max 0 (a - b).

(** ** Ratio: bits, steps of 2^-48, below 2^64 *)

Definition ONE : Z := 2 ^ 48.
Definition RATIO_MAX : Z := 2 ^ 64 - 1.

(** [Ratio::checked_add], [Ratio::checked_sub]; [Ratio::excess_over] is [excess]. *)
Definition ratio_add (a b : Z) : option Z := fit64 (a + b).
Definition ratio_sub (a b : Z) : option Z := if a <? b then None else Some (a - b).
(** [Ratio::from_fraction_floor], [Ratio::from_fraction_ceil]; also [Amount::ratio_floor] and the like. *)
Definition ratio_of_floor (n d : Z) : option Z := let? q := shl_div_floor n 48 d in fit64 q.
Definition ratio_of_ceil (n d : Z) : option Z := let? q := shl_div_ceil n 48 d in fit64 q.
(** [Ratio::mul_floor], [Ratio::mul_ceil] *)
Definition ratio_mul_floor (a b : Z) : option Z := fit64 (a * b / ONE).
Definition ratio_mul_ceil (a b : Z) : option Z := fit64 (cdiv (a * b) ONE).
(** [Ratio::div_floor], [Ratio::div_ceil] *)
Definition ratio_div_floor (a b : Z) : option Z := ratio_of_floor a b.
Definition ratio_div_ceil (a b : Z) : option Z := ratio_of_ceil a b.
(** [Amount::mul_floor], [Amount::mul_ceil], [Value::mul_floor], [Value::mul_ceil]: a quantity times a ratio. *)
Definition quantity_mul_floor (n r : Z) : option Z := mul_shr_floor n r 48.
Definition quantity_mul_ceil (n r : Z) : option Z := mul_shr_ceil n r 48.
(** [Amount::div_ceil], [Value::div_ceil] (crate-internal): a quantity over a ratio. *)
Definition quantity_div_ceil (n r : Z) : option Z := shl_div_ceil n 48 r.
(** [Rate::over], [Rate::over_at_most] *)
Definition rate_over (rate seconds : Z) : option Z := fit64 (rate * seconds).
Definition rate_over_at_most (rate seconds limit : Z) : Z := Z.min (rate * seconds) limit.

(** [digits::share_ceil] for [part < whole] *)
Definition share_ceil (part whole places : Z) : Z := cdiv (part * 2 ^ places) whole.

(** ** Decay: bits, steps of 2^-63, at most 2^63 *)

Definition DONE : Z := 2 ^ 63.
(** [Decay::mul_floor], [Decay::mul_ceil] ([digits::part_floor], [digits::part_ceil]) *)
Definition decay_mul_floor (a b : Z) : Z := a * b / DONE.
Definition decay_mul_ceil (a b : Z) : Z := cdiv (a * b) DONE.

(** [Decay::pow]: the lowest digit of the exponent first. The first loop of the Rust function squares down to the lowest
    digit that is set; the second squares and multiplies. *)
Definition odd_digit (p : positive) : bool := match p with xO _ => false | _ => true end.
Fixpoint pow_rest (mul : Z -> Z -> Z) (result square : Z) (p : positive) : Z :=
  match p with
  | xH => result
  | xO q | xI q =>
      let square := mul square square in
      pow_rest mul (if odd_digit q then mul result square else result) square q
  end.
Fixpoint pow_first (mul : Z -> Z -> Z) (square : Z) (p : positive) : Z :=
  match p with
  | xO q => pow_first mul (mul square square) q
  | xI _ | xH => pow_rest mul square square p
  end.
Definition decay_pow (mul : Z -> Z -> Z) (d n : Z) : Z :=
  match n with Zpos p => pow_first mul d p | _ => DONE end.
(** [Decay::pow_floor], [Decay::pow_ceil] *)
Definition decay_pow_floor (d n : Z) : Z := decay_pow decay_mul_floor d n.
Definition decay_pow_ceil (d n : Z) : Z := decay_pow decay_mul_ceil d n.
(** [Decay::to_ratio_floor], [Decay::to_ratio_ceil]; [Decay::from_ratio] *)
Definition decay_to_ratio_floor (d : Z) : Z := d / 2 ^ 15.
Definition decay_to_ratio_ceil (d : Z) : Z := cdiv d (2 ^ 15).
Definition decay_from_ratio (r : Z) : option Z := if ONE <? r then None else Some (r * 2 ^ 15).
(** [Decay::from_half_life_floor]: bisection, 63 rounds. *)
Fixpoint half_life_search (rounds : nat) (half_life yes no : Z) : Z :=
  match rounds with
  | O => yes
  | S rounds =>
      if Z.abs (no - yes) <=? 1 then yes
      else let middle := (yes + no) / 2 in
           if decay_pow_ceil middle half_life <=? 2 ^ 62 then half_life_search rounds half_life middle no
           else half_life_search rounds half_life yes middle
  end.
Definition decay_from_half_life_floor (half_life : Z) : option Z :=
  if half_life =? 0 then None else Some (half_life_search 64 half_life 0 DONE).

(** ** Price: [significand * 2^(exponent - 63)], the significand in [2^63, 2^64), the exponent in -128 to 127 *)

Record price := mkPrice { expo : Z; sig : Z }.

Definition TOP : Z := 2 ^ 63.
Definition price_eqb (p q : price) : bool := (expo p =? expo q) && (sig p =? sig q).
(** [Price::below]: the order of prices. *)
Definition price_ltb (p q : price) : bool :=
  if expo p =? expo q then sig p <? sig q else expo p <? expo q.
Definition price_leb (p q : price) : bool := negb (price_ltb q p).
Definition price_max (p q : price) : price := if price_ltb p q then q else p.
Definition price_min (p q : price) : price := if price_ltb q p then q else p.

(** [n * 2^k / d] for any sign of [k], rounded down and up; exact numerator and denominator. *)
Definition up (k : Z) : Z := 2 ^ Z.max 0 k.
Definition scaled_floor (n k d : Z) : Z := (n * up k) / (d * up (- k)).
Definition scaled_ceil (n k d : Z) : Z := cdiv (n * up k) (d * up (- k)).

(** [reduced::quotient], [reduced::reduce] and [Price::scaled]: the exponent [e] with [2^e <= n/d < 2^(e+1)]. *)
Definition exponent_of (n d : Z) : Z :=
  let e := Z.log2 n - Z.log2 d in
  if n * up (- e) <? d * up e then e - 1 else e.
(** [Price::in_range] *)
Definition price_in_range (e s : Z) : option price :=
  if (e <? -128) || (127 <? e) || (s <? TOP) then None else Some (mkPrice e s).
(** [Price::floor] and [Price::ceil] of the number [n / d * 2^k]. *)
Definition price_floor_of (n d k : Z) : option price :=
  let e := exponent_of n d in
  price_in_range (e + k) (scaled_floor n (63 - e) d).
Definition price_ceil_of (n d k : Z) : option price :=
  let e := exponent_of n d in
  let s := scaled_ceil n (63 - e) d in
  if s =? W64 then price_in_range (e + k + 1) TOP else price_in_range (e + k) s.

(** [Price::from_parts] *)
Definition price_from_parts (e s : Z) : option price := if s <? TOP then None else Some (mkPrice e s).
(** [Price::from_fraction_floor], [Price::from_fraction_ceil] *)
Definition price_from_fraction_floor (n d : Z) : option price :=
  if (d =? 0) || (n =? 0) then None else price_floor_of n d 0.
Definition price_from_fraction_ceil (n d : Z) : option price :=
  if (d =? 0) || (n =? 0) then None else price_ceil_of n d 0.
(** [Price::from_decimal_floor], [Price::from_decimal_ceil]: [mantissa * 10^exponent] *)
Definition price_from_decimal (of : Z -> Z -> Z -> option price) (m e : Z) : option price :=
  if (m =? 0) || (38 <? Z.abs e) then None
  else if e <? 0 then of m (5 ^ (- e)) e
  else let? n := fit128 (m * 5 ^ e) in of n 1 e.
Definition price_from_decimal_floor := price_from_decimal price_floor_of.
Definition price_from_decimal_ceil := price_from_decimal price_ceil_of.
(** [Price::value_floor], [Price::value_ceil] *)
Definition price_value_floor (p : price) (n : Z) : option Z := fit128 (scaled_floor (n * sig p) (expo p - 63) 1).
Definition price_value_ceil (p : price) (n : Z) : option Z := fit128 (scaled_ceil (n * sig p) (expo p - 63) 1).
(** [Price::amount_floor], [Price::amount_ceil] *)
Definition price_amount_floor (p : price) (v : Z) : option Z := fit128 (scaled_floor v (63 - expo p) (sig p)).
Definition price_amount_ceil (p : price) (v : Z) : option Z := fit128 (scaled_ceil v (63 - expo p) (sig p)).
(** [Price::scale_floor], [Price::scale_ceil], [Price::div_floor] *)
Definition price_scale_floor (p : price) (r : Z) : option price :=
  if r =? 0 then None else price_floor_of (sig p * r) 1 (expo p - 111).
Definition price_scale_ceil (p : price) (r : Z) : option price :=
  if r =? 0 then None else price_ceil_of (sig p * r) 1 (expo p - 111).
Definition price_div_floor (p : price) (r : Z) : option price :=
  if r =? 0 then None else price_floor_of (sig p) r (expo p - 15).
(** [Price::ratio_floor], [Price::ratio_ceil] *)
Definition price_ratio_floor (p q : price) : option Z := fit64 (scaled_floor (sig p) (48 + expo p - expo q) (sig q)).
Definition price_ratio_ceil (p q : price) : option Z := fit64 (scaled_ceil (sig p) (48 + expo p - expo q) (sig q)).
(** [Price::drawdown_floor]: of [p] below [reference] *)
Definition price_drawdown_floor (p reference : price) : Z :=
  match price_ratio_ceil p reference with Some share => excess ONE share | None => 0 end.
(** [Price::cmp_times]: [p] compared with [q * factor], exact. *)
Definition price_cmp_times (p q : price) (factor : Z) : comparison :=
  let k := 48 + expo p - expo q in
  Z.compare (sig p * up k) (sig q * factor * up (- k)).

(** [PriceBand]: low and high side. *)
Record band := mkBand { low : price; high : price }.
(** [PriceBand::new], [PriceBand::width_ceil] *)
Definition band_new (l h : price) : option band := if price_ltb h l then None else Some (mkBand l h).
Definition band_width_ceil (b : band) : Z :=
  match price_ratio_floor (low b) (high b) with Some share => excess ONE share | None => ONE end.

(** [mul_div_floor] and the like checked on the examples of the Rust documentation. *)
Example ex_mul_div_floor : mul_div_floor 10 10 3 = Some 33 /\ mul_div_ceil 10 10 3 = Some 34. Proof. split; reflexivity. Qed.
Example ex_mul_div_max : mul_div_floor (W128 - 1) (W128 - 1) (W128 - 1) = Some (W128 - 1). Proof. reflexivity. Qed.
Example ex_isqrt : isqrt_floor (W128 - 1) = W64 - 1 /\ isqrt_ceil (W128 - 1) = W64. Proof. split; reflexivity. Qed.
(** 2,000.5 in quote atoms of 6 decimals for a token of 18 decimals. *)
Example ex_price :
  (let? p := price_from_decimal_floor 20005 (-13) in price_value_floor p (10 ^ 18)) = Some 2000499999 /\
  (let? p := price_from_decimal_floor 20005 (-13) in price_value_ceil p (10 ^ 18)) = Some 2000500000.
Proof. split; reflexivity. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs: quotients *)

Lemma W64_pos : 0 < W64. Proof. reflexivity. Qed.
Lemma W128_pos : 0 < W128. Proof. reflexivity. Qed.
Lemma ONE_pos : 0 < ONE. Proof. reflexivity. Qed.
Lemma DONE_pos : 0 < DONE. Proof. reflexivity. Qed.

Lemma fit_some : forall w x y, (if x <? w then Some x else None) = Some y <-> y = x /\ x < w.
Proof. intros; destruct (Z.ltb_spec x w); split; intros; try discriminate; intuition (try congruence; try lia). Qed.

Lemma fit_none : forall w x, (if x <? w then Some x else None) = @None Z <-> w <= x.
Proof. intros; destruct (Z.ltb_spec x w); split; intros; try discriminate; auto; lia. Qed.

Lemma floor_spec : forall a b, 0 < b -> b * (a / b) <= a < b * (a / b + 1).
Proof. intros a b H. pose proof (Z.div_mod a b ltac:(lia)). pose proof (Z.mod_pos_bound a b H). nia. Qed.

Lemma floor_unique : forall a b q, 0 < b -> b * q <= a < b * (q + 1) -> a / b = q.
Proof. intros a b q H1 H2. pose proof (floor_spec a b H1). nia. Qed.

Lemma cdiv_spec : forall a b, 0 < b -> b * (cdiv a b - 1) < a <= b * cdiv a b.
Proof. intros a b H. unfold cdiv. pose proof (floor_spec (- a) b H). nia. Qed.

Lemma cdiv_unique : forall a b q, 0 < b -> b * (q - 1) < a <= b * q -> cdiv a b = q.
Proof. intros a b q H1 H2. pose proof (cdiv_spec a b H1). nia. Qed.

(** The greatest integer at or below and the least at or above, in the form that is used most. *)
Lemma le_floor : forall a b q, 0 < b -> (q <= a / b <-> b * q <= a).
Proof. intros a b q H. pose proof (floor_spec a b H). split; intros; nia. Qed.
Lemma cdiv_le : forall a b q, 0 < b -> (cdiv a b <= q <-> a <= b * q).
Proof. intros a b q H. pose proof (cdiv_spec a b H). split; intros; nia. Qed.
Lemma floor_lt : forall a b q, 0 < b -> (a / b < q <-> a < b * q).
Proof. intros a b q H. pose proof (floor_spec a b H). split; intros; nia. Qed.
Lemma lt_cdiv : forall a b q, 0 < b -> (q < cdiv a b <-> b * q < a).
Proof. intros a b q H. pose proof (cdiv_spec a b H). split; intros; nia. Qed.

Lemma floor_nonneg : forall a b, 0 <= a -> 0 < b -> 0 <= a / b.
Proof. intros. apply le_floor; lia. Qed.
Lemma cdiv_nonneg : forall a b, 0 <= a -> 0 < b -> 0 <= cdiv a b.
Proof. intros a b H1 H2. pose proof (cdiv_spec a b H2). nia. Qed.
Lemma floor_mono : forall a a' b, 0 < b -> a <= a' -> a / b <= a' / b.
Proof. intros. apply Z.div_le_mono; lia. Qed.
Lemma cdiv_mono : forall a a' b, 0 < b -> a <= a' -> cdiv a b <= cdiv a' b.
Proof. intros a a' b H1 H2. apply cdiv_le; auto. pose proof (cdiv_spec a' b H1). lia. Qed.
Lemma floor_le_cdiv : forall a b, 0 < b -> a / b <= cdiv a b <= a / b + 1.
Proof. intros a b H. pose proof (floor_spec a b H). pose proof (cdiv_spec a b H). nia. Qed.
(** What the Rust functions compute: the floor, and one more if a rest is left. *)
Lemma cdiv_is_floor_and_rest : forall a b, 0 < b -> cdiv a b = if a mod b =? 0 then a / b else a / b + 1.
Proof.
  intros a b H. pose proof (Z.div_mod a b ltac:(lia)). pose proof (Z.mod_pos_bound a b H).
  destruct (Z.eqb_spec (a mod b) 0); apply cdiv_unique; nia.
Qed.

(** K_mul_div_floor. SPEC D1: [mul_div_floor(a, b, d)] is [floor(a b / d)]: it succeeds with [q] exactly if [d] is not
    zero, [q d <= a b < (q + 1) d], and [q] is below 2^128. *)
Theorem K_mul_div_floor : forall a b d q, 0 <= a -> 0 <= b -> 0 <= d ->
  (mul_div_floor a b d = Some q <-> d <> 0 /\ q * d <= a * b < (q + 1) * d /\ q < W128).
Proof.
  intros a b d q Ha Hb Hd. unfold mul_div_floor, fit128. destruct (Z.eqb_spec d 0) as [->|Hn].
  - split; [discriminate | intuition].
  - rewrite fit_some. pose proof (floor_spec (a * b) d ltac:(lia)) as F. split.
    + intros [-> H]. repeat split; nia.
    + intros (_ & H1 & H2). assert (a * b / d = q) as E by (apply floor_unique; nia). rewrite E; auto.
Qed.

(** K_mul_div_floor_error. SPEC D1, N1: [mul_div_floor] fails exactly if the divisor is zero or the exact quotient is
    2^128 or more. *)
Theorem K_mul_div_floor_error : forall a b d, 0 <= a -> 0 <= b -> 0 <= d ->
  (mul_div_floor a b d = None <-> d = 0 \/ W128 * d <= a * b).
Proof.
  intros a b d Ha Hb Hd. unfold mul_div_floor, fit128. destruct (Z.eqb_spec d 0) as [->|Hn].
  - intuition.
  - rewrite fit_none, le_floor by lia. split; intros; [right; nia | destruct H; [lia | nia]].
Qed.

(** K_mul_div_ceil. SPEC D1: [mul_div_ceil(a, b, d)] is [ceil(a b / d)]: it succeeds with [q] exactly if [d] is not zero,
    [(q - 1) d < a b <= q d], and [q] is below 2^128. *)
Theorem K_mul_div_ceil : forall a b d q, 0 <= a -> 0 <= b -> 0 <= d ->
  (mul_div_ceil a b d = Some q <-> d <> 0 /\ (q - 1) * d < a * b <= q * d /\ q < W128).
Proof.
  intros a b d q Ha Hb Hd. unfold mul_div_ceil, fit128. destruct (Z.eqb_spec d 0) as [->|Hn].
  - split; [discriminate | intuition].
  - rewrite fit_some. pose proof (cdiv_spec (a * b) d ltac:(lia)) as F. split.
    + intros [-> H]. repeat split; nia.
    + intros (_ & H1 & H2). assert (cdiv (a * b) d = q) as E by (apply cdiv_unique; nia). rewrite E; auto.
Qed.

(** K_mul_div_ceil_error. SPEC D1, N1: [mul_div_ceil] fails exactly if the divisor is zero or the exact quotient is above
    2^128 - 1. *)
Theorem K_mul_div_ceil_error : forall a b d, 0 <= a -> 0 <= b -> 0 <= d ->
  (mul_div_ceil a b d = None <-> d = 0 \/ (W128 - 1) * d < a * b).
Proof.
  intros a b d Ha Hb Hd. unfold mul_div_ceil, fit128. destruct (Z.eqb_spec d 0) as [->|Hn].
  - intuition.
  - rewrite fit_none. assert (W128 <= cdiv (a * b) d <-> W128 - 1 < cdiv (a * b) d) as -> by lia.
    rewrite lt_cdiv by lia. split; intros; [right; nia | destruct H; [lia | nia]].
Qed.

(** K_mul_div_mono. SPEC N7: a floor does not fall, and a ceiling does not fall, when a factor rises or the divisor falls. *)
Theorem K_mul_div_mono : forall a b d a' b' d' q q', 0 <= a <= a' -> 0 <= b <= b' -> 0 < d' <= d ->
  (mul_div_floor a b d = Some q -> mul_div_floor a' b' d' = Some q' -> q <= q') /\
  (mul_div_ceil a b d = Some q -> mul_div_ceil a' b' d' = Some q' -> q <= q').
Proof.
  intros a b d a' b' d' q q' Ha Hb Hd. assert (a * b <= a' * b') by nia. split; intros H1 H2.
  - apply K_mul_div_floor in H1; try lia. apply K_mul_div_floor in H2; try lia.
    assert (0 <= q') by nia. destruct (Z_le_gt_dec q 0); [lia|]. nia.
  - apply K_mul_div_ceil in H1; try lia. apply K_mul_div_ceil in H2; try lia.
    assert (0 <= q') by nia. destruct (Z_le_gt_dec q 0); [lia|].
    destruct (Z_le_gt_dec q q'); auto. assert (q' <= q - 1) by lia.
    assert (q' * d' <= (q - 1) * d) by nia. lia.
Qed.

(** K_isqrt_floor. SPEC D1: [isqrt_floor n] is the largest [s] with [s^2 <= n]. *)
Theorem K_isqrt_floor : forall n, 0 <= n ->
  0 <= isqrt_floor n /\ isqrt_floor n * isqrt_floor n <= n < (isqrt_floor n + 1) * (isqrt_floor n + 1) /\
  (forall k, 0 <= k -> (k <= isqrt_floor n <-> k * k <= n)).
Proof.
  intros n H. unfold isqrt_floor. pose proof (Z.sqrt_spec n H). pose proof (Z.sqrt_nonneg n).
  unfold Z.succ in *. repeat split; try lia; intros; nia.
Qed.

(** K_isqrt_ceil. SPEC D1: [isqrt_ceil n] is the least [s] with [n <= s^2]. *)
Theorem K_isqrt_ceil : forall n, 0 <= n ->
  0 <= isqrt_ceil n /\ n <= isqrt_ceil n * isqrt_ceil n /\ (forall k, 0 <= k -> (isqrt_ceil n <= k <-> n <= k * k)).
Proof.
  intros n H. unfold isqrt_ceil. pose proof (Z.sqrt_spec n H). pose proof (Z.sqrt_nonneg n). unfold Z.succ in *.
  destruct (Z.eqb_spec (Z.sqrt n * Z.sqrt n) n); repeat split; try nia; intros; nia.
Qed.

(** K_isqrt_fits. SPEC N1, D1: the root of a number of 128 bits is a word, its ceiling at most 2^64. *)
Theorem K_isqrt_fits : forall n, 0 <= n < W128 -> isqrt_floor n < W64 /\ isqrt_ceil n <= W64.
Proof.
  intros n H. assert (W128 = W64 * W64) by reflexivity. pose proof (K_isqrt_floor n ltac:(lia)) as (S0 & S1 & _).
  assert (0 < W64) by reflexivity. unfold isqrt_ceil. fold (isqrt_floor n).
  assert (isqrt_floor n < W64) by nia. destruct (_ =? _); split; lia.
Qed.

(** K_floor_exact_ceil. SPEC N7: floor <= exact <= ceiling, and the two differ by one at most: for every quotient. *)
Theorem K_floor_exact_ceil : forall n d, 0 < d ->
  n / d * d <= n <= cdiv n d * d /\ n / d <= cdiv n d <= n / d + 1.
Proof.
  intros n d H. pose proof (floor_spec n d H). pose proof (cdiv_spec n d H). pose proof (floor_le_cdiv n d H). lia.
Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs: ratios *)

Lemma ratio_of_floor_spec : forall n d q, 0 <= n -> 0 <= d ->
  (ratio_of_floor n d = Some q <-> d <> 0 /\ q * d <= n * ONE < (q + 1) * d /\ q < W64).
Proof.
  intros n d q Hn Hd. unfold ratio_of_floor, shl_div_floor, bind. change (2 ^ 48) with ONE.
  assert (0 < ONE) by reflexivity. assert (W64 < W128) by reflexivity.
  destruct (mul_div_floor n ONE d) as [x|] eqn:E.
  - apply K_mul_div_floor in E; try lia. unfold fit64. rewrite fit_some. split.
    + intros [-> Hx]. intuition.
    + intros (_ & H1 & H2). assert (q = x) by nia. subst; lia.
  - split; [discriminate|]. intros (H1 & H2 & H3). apply K_mul_div_floor_error in E; try lia. destruct E; nia.
Qed.

Lemma ratio_of_ceil_spec : forall n d q, 0 <= n -> 0 <= d ->
  (ratio_of_ceil n d = Some q <-> d <> 0 /\ (q - 1) * d < n * ONE <= q * d /\ q < W64).
Proof.
  intros n d q Hn Hd. unfold ratio_of_ceil, shl_div_ceil, bind. change (2 ^ 48) with ONE.
  assert (0 < ONE) by reflexivity. assert (W64 < W128) by reflexivity.
  destruct (mul_div_ceil n ONE d) as [x|] eqn:E.
  - apply K_mul_div_ceil in E; try lia. unfold fit64. rewrite fit_some. split.
    + intros [-> Hx]. intuition.
    + intros (_ & H1 & H2). assert (q = x) by nia. subst; lia.
  - split; [discriminate|]. intros (H1 & H2 & H3). apply K_mul_div_ceil_error in E; try lia. destruct E; nia.
Qed.

(** K_ratio_mul. SPEC N2, N6, N7: a product of ratios rounded down is at most the exact product, rounded up at least that,
    each by less than one step; the product of the steps 2^-48 is undone by the divisor 2^48. *)
Theorem K_ratio_mul : forall a b q, 0 <= a -> 0 <= b ->
  (ratio_mul_floor a b = Some q -> q * ONE <= a * b < (q + 1) * ONE) /\
  (ratio_mul_ceil a b = Some q -> (q - 1) * ONE < a * b <= q * ONE).
Proof.
  intros a b q Ha Hb. unfold ratio_mul_floor, ratio_mul_ceil, fit64. split; rewrite fit_some; intros [-> _].
  - pose proof (floor_spec (a * b) ONE ONE_pos). lia.
  - pose proof (cdiv_spec (a * b) ONE ONE_pos). lia.
Qed.

(** K_ratio_div. SPEC N2, N6, N7: the same of a quotient of ratios. *)
Theorem K_ratio_div : forall a b q, 0 <= a -> 0 <= b ->
  (ratio_div_floor a b = Some q -> b <> 0 /\ q * b <= a * ONE < (q + 1) * b) /\
  (ratio_div_ceil a b = Some q -> b <> 0 /\ (q - 1) * b < a * ONE <= q * b).
Proof.
  intros a b q Ha Hb. unfold ratio_div_floor, ratio_div_ceil. split; intros H.
  - apply ratio_of_floor_spec in H; tauto.
  - apply ratio_of_ceil_spec in H; tauto.
Qed.

(** K_quantity_mul. SPEC N6, N7: an amount or a value times a ratio, rounded down and up. *)
Theorem K_quantity_mul : forall n r q, 0 <= n -> 0 <= r ->
  (quantity_mul_floor n r = Some q <-> q * ONE <= n * r < (q + 1) * ONE /\ q < W128) /\
  (quantity_mul_ceil n r = Some q <-> (q - 1) * ONE < n * r <= q * ONE /\ q < W128).
Proof.
  intros n r q Hn Hr. unfold quantity_mul_floor, quantity_mul_ceil, mul_shr_floor, mul_shr_ceil, fit128.
  change (2 ^ 48) with ONE. rewrite !fit_some.
  pose proof (floor_spec (n * r) ONE ONE_pos). pose proof (cdiv_spec (n * r) ONE ONE_pos). pose proof ONE_pos.
  split; split.
  - intros [-> ?]; nia.
  - intros [H2 H3]. assert (n * r / ONE = q) as -> by (apply floor_unique; lia). auto.
  - intros [-> ?]; nia.
  - intros [H2 H3]. assert (cdiv (n * r) ONE = q) as -> by (apply cdiv_unique; lia). auto.
Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs: the two inequalities of section 1 *)

(** Bernoulli over integers: [(x + a)^n >= x^n + n a x^(n-1)], and its mirror image. *)
Lemma bernoulli_up : forall n x a, 0 <= x -> 0 <= a ->
  x * (x + a) ^ Z.of_nat n >= x ^ Z.of_nat n * (x + Z.of_nat n * a).
Proof.
  induction n; intros x a Hx Ha.
  - change (Z.of_nat 0) with 0. rewrite !Z.pow_0_r. lia.
  - rewrite Nat2Z.inj_succ. unfold Z.succ. rewrite !Z.pow_add_r by lia. rewrite !Z.pow_1_r.
    specialize (IHn x a Hx Ha). set (m := Z.of_nat n) in *. assert (0 <= m) by lia.
    assert (0 <= x ^ m) by (apply Z.pow_nonneg; lia).
    assert ((x + m * a) * (x + a) >= x * (x + (m + 1) * a)) by nia.
    assert (x * (x + a) ^ m * (x + a) >= x ^ m * (x + m * a) * (x + a)) by nia. nia.
Qed.

Lemma bernoulli_down : forall n x a, 0 <= a <= x ->
  x * (x - a) ^ Z.of_nat n >= x ^ Z.of_nat n * (x - Z.of_nat n * a).
Proof.
  induction n; intros x a Ha.
  - change (Z.of_nat 0) with 0. rewrite !Z.pow_0_r. lia.
  - rewrite Nat2Z.inj_succ. unfold Z.succ. rewrite !Z.pow_add_r by lia. rewrite !Z.pow_1_r.
    specialize (IHn x a Ha). set (m := Z.of_nat n) in *. assert (0 <= m) by lia.
    assert (0 <= x ^ m) by (apply Z.pow_nonneg; lia).
    assert ((x - m * a) * (x - a) >= x * (x - (m + 1) * a)) by nia.
    assert (x * (x - a) ^ m * (x - a) >= x ^ m * (x - m * a) * (x - a)) by nia. nia.
Qed.

(** K_charge_overstates. SPEC section 1, D2: the charge [a = ceil((P - P')/P')] over-states the move that it pays for.
    In exact form, with [a] in steps of 2^-48: [P <= P' (1 + a)]; and for every [n >= 1] even [P <= P' (1 + a/n)^n], which
    is [P/P' <= exp(a)] without an exponential (the right side rises to it with [n]). *)
Theorem K_charge_overstates : forall P P' a, 0 < P' <= P -> ratio_of_ceil (P - P') P' = Some a ->
  P * ONE <= P' * (ONE + a) /\
  (forall n, (0 < n)%nat ->
     P * (Z.of_nat n * ONE) ^ Z.of_nat n <= P' * (Z.of_nat n * ONE + a) ^ Z.of_nat n).
Proof.
  intros P P' a H E. apply ratio_of_ceil_spec in E; try lia. destruct E as (_ & E & _).
  pose proof ONE_pos. assert (0 <= (P - P') * ONE) by nia. assert (0 <= a) by nia. assert (P * ONE <= P' * (ONE + a)) as M by nia. split; auto.
  intros n Hn. set (m := Z.of_nat n). assert (0 < m) by (unfold m; lia).
  pose proof (bernoulli_up n (m * ONE) a ltac:(nia) ltac:(lia)) as B. fold m in B.
  assert (0 <= (m * ONE) ^ m) by (apply Z.pow_nonneg; nia).
  set (X := (m * ONE) ^ m) in *. set (Y := (m * ONE + a) ^ m) in *.
  (* m ONE Y >= X (m ONE + m a): divide by m. *)
  assert (ONE * Y >= X * (ONE + a)) by nia. nia.
Qed.

(** K_drawdown_understates. SPEC section 1, D3: the drawdown [D = floor((ref - min)/ref)] under-states the fall that it
    credits. In exact form, with [D] in steps of 2^-48: [min <= ref (1 - D)]; and for every [n >= 1] even
    [min <= ref (1 - D/n)^n], which is [min/ref <= exp(-D)] without an exponential. *)
Theorem K_drawdown_understates : forall ref min D, 0 < min <= ref -> ratio_of_floor (ref - min) ref = Some D ->
  min * ONE <= ref * (ONE - D) /\ 0 <= D < ONE /\
  (forall n, (0 < n)%nat ->
     min * (Z.of_nat n * ONE) ^ Z.of_nat n <= ref * (Z.of_nat n * ONE - D) ^ Z.of_nat n).
Proof.
  intros ref min D H E. apply ratio_of_floor_spec in E; try lia. destruct E as (_ & E & _).
  pose proof ONE_pos. assert (0 <= (ref - min) * ONE) by nia. assert (0 <= D) by nia. assert (D < ONE) by nia.
  assert (min * ONE <= ref * (ONE - D)) as M by nia. repeat split; auto.
  intros n Hn. set (m := Z.of_nat n). assert (0 < m) by (unfold m; lia).
  pose proof (bernoulli_down n (m * ONE) D ltac:(nia)) as B. fold m in B.
  assert (0 <= (m * ONE) ^ m) by (apply Z.pow_nonneg; nia).
  set (X := (m * ONE) ^ m) in *. set (Y := (m * ONE - D) ^ m) in *.
  assert (ONE * Y >= X * (ONE - D)) by nia. nia.
Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs: decay *)

(** The power with an accumulator, digits lowest first; [pow_first] leaves out the products with one. *)
Fixpoint pow_acc (mul : Z -> Z -> Z) (r s : Z) (p : positive) : Z :=
  match p with
  | xH => mul r s
  | xO q => pow_acc mul r (mul s s) q
  | xI q => pow_acc mul (mul r s) (mul s s) q
  end.

(** What is asked of a product of decays: it does not fall when a factor rises, one is neutral on the left, it keeps to
    0 to one, and it does not exceed its left factor. *)
Record product_of_decays (mul : Z -> Z -> Z) : Prop := {
  pd_mono : forall a b a' b', 0 <= a <= a' -> 0 <= b <= b' -> mul a b <= mul a' b';
  pd_one : forall a, 0 <= a <= DONE -> mul DONE a = a;
  pd_range : forall a b, 0 <= a <= DONE -> 0 <= b <= DONE -> 0 <= mul a b <= DONE;
  pd_left : forall a b, 0 <= a <= DONE -> 0 <= b <= DONE -> mul a b <= a;
}.

Lemma decay_mul_floor_product : product_of_decays decay_mul_floor.
Proof.
  pose proof DONE_pos. split; unfold decay_mul_floor; intros.
  - apply floor_mono; auto. nia.
  - apply floor_unique; auto. nia.
  - split; [apply floor_nonneg; nia|]. assert (a * b / DONE < DONE + 1); [apply floor_lt; nia | lia].
  - assert (a * b / DONE < a + 1); [apply floor_lt; nia | lia].
Qed.

Lemma decay_mul_ceil_product : product_of_decays decay_mul_ceil.
Proof.
  pose proof DONE_pos. split; unfold decay_mul_ceil; intros.
  - apply cdiv_mono; auto. nia.
  - apply cdiv_unique; auto. nia.
  - split; [apply cdiv_nonneg; nia|]. apply cdiv_le; nia.
  - apply cdiv_le; nia.
Qed.

Section Powers.
Variable mul : Z -> Z -> Z.
Hypothesis M : product_of_decays mul.

Lemma pow_rest_acc : forall p r s, 0 <= s <= DONE ->
  pow_rest mul r s p = match p with
                       | xH => r
                       | xO q | xI q => pow_acc mul r (mul s s) q
                       end.
Proof.
  induction p; intros r s Hs; simpl; auto; pose proof (pd_range mul M s s Hs Hs);
    rewrite IHp by auto; destruct p; simpl; auto.
Qed.

Lemma pow_first_acc : forall p s, 0 <= s <= DONE -> pow_first mul s p = pow_acc mul DONE s p.
Proof.
  induction p; intros s Hs; simpl.
  - change (pow_rest mul s s p~1 = pow_acc mul (mul DONE s) (mul s s) p).
    rewrite pow_rest_acc, (pd_one mul M) by auto. reflexivity.
  - apply IHp. apply (pd_range mul M); auto.
  - rewrite (pd_one mul M) by auto. reflexivity.
Qed.

Lemma pow_acc_mono : forall p r r' s, 0 <= r <= r' -> 0 <= s <= DONE -> pow_acc mul r s p <= pow_acc mul r' s p.
Proof.
  induction p; intros r r' s Hr Hs; simpl; pose proof (pd_range mul M s s Hs Hs).
  - apply IHp; auto. split; [|apply (pd_mono mul M); lia].
    assert (mul 0 0 <= mul r s) by (apply (pd_mono mul M); lia).
    pose proof (pd_range mul M 0 0 ltac:(pose proof DONE_pos; lia) ltac:(pose proof DONE_pos; lia)). lia.
  - apply IHp; auto.
  - apply (pd_mono mul M); lia.
Qed.

Lemma pow_acc_range : forall p r s, 0 <= r <= DONE -> 0 <= s <= DONE -> 0 <= pow_acc mul r s p <= DONE.
Proof.
  induction p; intros r s Hr Hs; simpl; try apply IHp; try apply (pd_range mul M); auto.
Qed.

(** The carry: from [n] to [n + 1] the lowest digits 1...1 become a carry. *)
Lemma pow_acc_succ : forall p t r', 0 <= t <= r' -> r' <= DONE -> pow_acc mul DONE t (Pos.succ p) <= pow_acc mul r' t p.
Proof.
  induction p; intros t r' Ht Hr; simpl.
  - assert (0 <= t <= DONE) as HT by lia. pose proof (pd_range mul M t t HT HT).
    apply IHp.
    + split; [lia|]. apply (pd_mono mul M); lia.
    + apply (pd_range mul M); lia.
  - assert (0 <= t <= DONE) as HT by lia. pose proof (pd_range mul M t t HT HT).
    rewrite (pd_one mul M) by auto. apply pow_acc_mono; auto.
  - assert (0 <= t <= DONE) as HT by lia. pose proof (pd_range mul M t t HT HT).
    rewrite (pd_one mul M) by auto. apply (pd_mono mul M); lia.
Qed.

Lemma decay_pow_nat : forall d n, 0 <= d <= DONE -> 0 <= n -> decay_pow mul d (n + 1) <= decay_pow mul d n.
Proof.
  intros d n Hd Hn. destruct n as [|p|p]; try lia.
  - simpl. lia.
  - replace (Z.pos p + 1) with (Z.pos (Pos.succ p)) by lia. simpl decay_pow.
    rewrite !pow_first_acc by auto. apply pow_acc_succ; lia.
Qed.

Lemma decay_pow_mono : forall d n m, 0 <= d <= DONE -> 0 <= n <= m -> decay_pow mul d m <= decay_pow mul d n.
Proof.
  intros d n m Hd H. assert (0 <= m - n) as Hk by lia. replace m with (n + (m - n)) by lia. revert Hk. generalize (m - n). intros k Hk.
  pattern k. apply natlike_ind; auto.
  - rewrite Z.add_0_r. lia.
  - intros j Hj IH. unfold Z.succ. rewrite Z.add_assoc. pose proof (decay_pow_nat d (n + j) Hd ltac:(lia)). lia.
Qed.

Lemma decay_pow_range : forall d n, 0 <= d <= DONE -> 0 <= decay_pow mul d n <= DONE.
Proof.
  intros d n Hd. pose proof DONE_pos. destruct n; simpl; try lia. rewrite pow_first_acc by auto.
  apply pow_acc_range; lia.
Qed.

(** A relation between computed powers and exponents that products keep holds of the power. *)
Variable near : Z -> Z -> Prop.
Hypothesis near_mul : forall x a y b, 1 <= a -> 1 <= b -> near x a -> near y b -> near (mul x y) (a + b).

Lemma pow_rest_near : forall p r a s b, 1 <= a -> 1 <= b -> near r a -> near s b ->
  near (pow_rest mul r s p) (a + b * (2 * (Z.pos p / 2))).
Proof.
  assert (forall q, (2 * (Z.pos q~1 / 2)) = 2 * Z.pos q) as D1.
  { intros. f_equal. apply floor_unique; lia. }
  assert (forall q, (2 * (Z.pos q~0 / 2)) = 2 * Z.pos q) as D0.
  { intros. f_equal. apply floor_unique; lia. }
  induction p; intros r a s b Ha Hb Hr Hs.
  - rewrite D1. assert (near (mul s s) (b + b)) as H2 by (apply near_mul; auto). simpl pow_rest. destruct p; simpl odd_digit; cbv iota.
    + specialize (IHp (mul r (mul s s)) (a + (b + b)) (mul s s) (b + b) ltac:(lia) ltac:(lia) ltac:(apply near_mul; auto; lia) H2).
      rewrite D1 in IHp. match goal with |- near _ ?k => match type of IHp with near _ ?k' => replace k with k' by lia end end. auto.
    + specialize (IHp r a (mul s s) (b + b) ltac:(lia) ltac:(lia) Hr H2).
      rewrite D0 in IHp. match goal with |- near _ ?k => match type of IHp with near _ ?k' => replace k with k' by lia end end. auto.
    + simpl. replace (a + b * 2) with (a + (b + b)) by lia. apply near_mul; auto; lia.
  - rewrite D0. assert (near (mul s s) (b + b)) as H2 by (apply near_mul; auto). simpl pow_rest. destruct p; simpl odd_digit; cbv iota.
    + specialize (IHp (mul r (mul s s)) (a + (b + b)) (mul s s) (b + b) ltac:(lia) ltac:(lia) ltac:(apply near_mul; auto; lia) H2).
      rewrite D1 in IHp. match goal with |- near _ ?k => match type of IHp with near _ ?k' => replace k with k' by lia end end. auto.
    + specialize (IHp r a (mul s s) (b + b) ltac:(lia) ltac:(lia) Hr H2).
      rewrite D0 in IHp. match goal with |- near _ ?k => match type of IHp with near _ ?k' => replace k with k' by lia end end. auto.
    + simpl. replace (a + b * 2) with (a + (b + b)) by lia. apply near_mul; auto; lia.
  - simpl pow_rest. change (2 * (1 / 2)) with 0. replace (a + b * 0) with a by lia. auto.
Qed.

Lemma pow_first_near : forall p s b, 1 <= b -> near s b -> near (pow_first mul s p) (b * Z.pos p).
Proof.
  induction p; intros s b Hb Hs; simpl pow_first.
  - pose proof (pow_rest_near p~1 s b s b Hb Hb Hs Hs) as H.
    replace (2 * (Z.pos p~1 / 2)) with (2 * Z.pos p) in H by (f_equal; symmetry; apply floor_unique; lia).
    replace (b * Z.pos p~1) with (b + b * (2 * Z.pos p)) by lia. exact H.
  - replace (b * Z.pos p~0) with ((b + b) * Z.pos p) by lia. apply IHp; [lia|]. apply near_mul; auto.
  - replace (b * 1) with b by lia. auto.
Qed.
End Powers.

(** K_decay_pow_never_rises. SPEC N5, D12: the computed power, floor or ceiling, does not rise with the exponent. *)
Theorem K_decay_pow_never_rises : forall d n m, 0 <= d <= DONE -> 0 <= n <= m ->
  decay_pow_ceil d m <= decay_pow_ceil d n /\ decay_pow_floor d m <= decay_pow_floor d n.
Proof.
  intros. split; apply decay_pow_mono; auto using decay_mul_floor_product, decay_mul_ceil_product.
Qed.

(** K_decay_pow_range. SPEC N5: a power of a decay is a decay; the power of exponent zero is one. *)
Theorem K_decay_pow_range : forall d n, 0 <= d <= DONE ->
  0 <= decay_pow_ceil d n <= DONE /\ 0 <= decay_pow_floor d n <= DONE /\ decay_pow_ceil d 0 = DONE /\ decay_pow_floor d 0 = DONE.
Proof.
  intros. repeat split; try (apply decay_pow_range; auto using decay_mul_floor_product, decay_mul_ceil_product).
Qed.

(** Within [n - 1] steps of the exact power [d^n / DONE^n], below or above it. *)
Definition below_power (d x n : Z) : Prop :=
  0 <= x <= DONE /\ x * DONE ^ n <= DONE * d ^ n <= (x + (n - 1)) * DONE ^ n.
Definition above_power (d x n : Z) : Prop :=
  0 <= x <= DONE /\ (x - (n - 1)) * DONE ^ n <= DONE * d ^ n <= x * DONE ^ n.

(** Two products of approximations, with the powers as variables. *)
Lemma below_step : forall D A B P Q x y z a b, 0 < D -> 0 < P -> 0 < Q -> 1 <= a -> 1 <= b -> 0 <= x <= D -> 0 <= y <= D ->
  0 <= A <= P -> 0 <= B <= Q ->
  x * P <= D * A <= (x + (a - 1)) * P -> y * Q <= D * B <= (y + (b - 1)) * Q -> D * z <= x * y < D * (z + 1) ->
  z * (P * Q) <= D * (A * B) <= (z + (a + b - 1)) * (P * Q).
Proof.
  intros D A B P Q x y z a b HD HP HQ Ha Hb Hx Hy HA HB [X1 X2] [Y1 Y2] [Z1 Z2].
  assert (x * P * (y * Q) <= D * A * (D * B)) by (apply Z.mul_le_mono_nonneg; nia).
  assert (0 < P * Q) by nia. split.
  - apply Zmult_le_reg_r with (p := D); [lia|].
    assert (D * z * (P * Q) <= x * y * (P * Q)) by (apply Z.mul_le_mono_nonneg_r; lia). nia.
  - apply Zmult_le_reg_r with (p := D); [lia|].
    (* D A D B = (D A - x P) D B + x P (D B - y Q) + x P y Q *)
    assert (D * A - x * P <= (a - 1) * P) by nia. assert (D * B - y * Q <= (b - 1) * Q) by nia.
    assert (0 <= D * B <= D * Q) by nia. assert (0 <= x * P <= D * P) by nia.
    assert ((D * A - x * P) * (D * B) <= (a - 1) * P * (D * Q)) by (apply Z.mul_le_mono_nonneg; nia).
    assert (x * P * (D * B - y * Q) <= D * P * ((b - 1) * Q)) by (apply Z.mul_le_mono_nonneg; nia).
    assert (x * y * (P * Q) <= (D * (z + 1)) * (P * Q)) by (apply Z.mul_le_mono_nonneg_r; lia). nia.
Qed.

Lemma above_step : forall D A B P Q x y z a b, 0 < D -> 0 < P -> 0 < Q -> 1 <= a -> 1 <= b -> 0 <= x <= D -> 0 <= y <= D ->
  0 <= A <= P -> 0 <= B <= Q ->
  (x - (a - 1)) * P <= D * A <= x * P -> (y - (b - 1)) * Q <= D * B <= y * Q -> D * (z - 1) < x * y <= D * z ->
  (z - (a + b - 1)) * (P * Q) <= D * (A * B) <= z * (P * Q).
Proof.
  intros D A B P Q x y z a b HD HP HQ Ha Hb Hx Hy HA HB [X1 X2] [Y1 Y2] [Z1 Z2].
  assert (D * A * (D * B) <= x * P * (y * Q)) by (apply Z.mul_le_mono_nonneg; nia).
  assert (0 < P * Q) by nia. split.
  - apply Zmult_le_reg_r with (p := D); [lia|].
    assert (x * P - D * A <= (a - 1) * P) by nia. assert (y * Q - D * B <= (b - 1) * Q) by nia.
    assert (0 <= y * Q <= D * Q) by nia. assert (0 <= D * A <= D * P) by nia.
    assert ((x * P - D * A) * (y * Q) <= (a - 1) * P * (D * Q)) by (apply Z.mul_le_mono_nonneg; nia).
    assert (D * A * (y * Q - D * B) <= D * P * ((b - 1) * Q)) by (apply Z.mul_le_mono_nonneg; nia).
    assert ((D * (z - 1)) * (P * Q) <= x * y * (P * Q)) by (apply Z.mul_le_mono_nonneg_r; lia). nia.
  - apply Zmult_le_reg_r with (p := D); [lia|].
    assert (x * y * (P * Q) <= D * z * (P * Q)) by (apply Z.mul_le_mono_nonneg_r; lia). nia.
Qed.

Lemma power_le : forall d n, 0 <= d <= DONE -> 0 <= n -> 0 <= d ^ n <= DONE ^ n.
Proof. intros. split; [apply Z.pow_nonneg; lia | apply Z.pow_le_mono_l; lia]. Qed.
Lemma power_pos : forall n, 0 <= n -> 0 < DONE ^ n.
Proof. intros. apply Z.pow_pos_nonneg; auto using DONE_pos. Qed.

(** K_decay_pow_floor. SPEC N5: the computed power rounded down is at most the exact power and below it by at most
    [n - 1] steps of 2^-63 (the specification claims [2 n]); [n >= 1]. Stated without a division: with [D = 2^63],
    [x D^n <= D d^n <= (x + n - 1) D^n]. *)
Theorem K_decay_pow_floor : forall d n, 0 <= d <= DONE -> 1 <= n ->
  decay_pow_floor d n * DONE ^ n <= DONE * d ^ n <= (decay_pow_floor d n + (n - 1)) * DONE ^ n.
Proof.
  intros d n Hd Hn. destruct n as [|p|p]; try lia. pose proof DONE_pos.
  assert (below_power d (decay_pow_floor d (Z.pos p)) (Z.pos p)) as [_ R]; [|exact R].
  unfold decay_pow_floor. simpl decay_pow. replace (Z.pos p) with (1 * Z.pos p) by lia.
  apply (pow_first_near _ (below_power d)); try lia.
  - intros x a y b Ha Hb [Rx Nx] [Ry Ny]. split.
    + apply (pd_range _ decay_mul_floor_product); auto.
    + rewrite !Z.pow_add_r by lia. apply below_step with (x := x) (y := y); try lia;
        try (apply power_pos; lia); try (apply power_le; lia); try assumption.
      unfold decay_mul_floor. apply floor_spec. auto.
  - split; auto. rewrite !Z.pow_1_r. nia.
Qed.

(** K_decay_pow_ceil. SPEC N5: the computed power rounded up is at least the exact power and above it by at most [n - 1]
    steps of 2^-63 (the specification claims [2 n]); [n >= 1]. *)
Theorem K_decay_pow_ceil : forall d n, 0 <= d <= DONE -> 1 <= n ->
  (decay_pow_ceil d n - (n - 1)) * DONE ^ n <= DONE * d ^ n <= decay_pow_ceil d n * DONE ^ n.
Proof.
  intros d n Hd Hn. destruct n as [|p|p]; try lia. pose proof DONE_pos.
  assert (above_power d (decay_pow_ceil d (Z.pos p)) (Z.pos p)) as [_ R]; [|exact R].
  unfold decay_pow_ceil. simpl decay_pow. replace (Z.pos p) with (1 * Z.pos p) by lia.
  apply (pow_first_near _ (above_power d)); try lia.
  - intros x a y b Ha Hb [Rx Nx] [Ry Ny]. split.
    + apply (pd_range _ decay_mul_ceil_product); auto.
    + rewrite !Z.pow_add_r by lia. apply above_step with (x := x) (y := y); try lia;
        try (apply power_pos; lia); try (apply power_le; lia); try assumption.
      unfold decay_mul_ceil. apply cdiv_spec. auto.
  - split; auto. rewrite !Z.pow_1_r. nia.
Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs: prices *)

Lemma up_pos : forall k, 0 < up k.
Proof. intros. unfold up. apply Z.pow_pos_nonneg; lia. Qed.

Lemma pow2_pos : forall k, 0 <= k -> 0 < 2 ^ k.
Proof. intros. apply Z.pow_pos_nonneg; lia. Qed.

Lemma pow_split : forall a b N, 0 <= a + N -> 0 <= b + N -> 2 ^ (a + N) = 2 ^ (N + Z.min a b) * up (a - b).
Proof. intros. unfold up. rewrite <- Z.pow_add_r by lia. f_equal. lia. Qed.

(** Comparing [s 2^a] with [t 2^b] for any signs: after a shift that makes both exponents positive. *)
Lemma le_shift : forall s a t b N, 0 <= a + N -> 0 <= b + N ->
  (s * up (a - b) <= t * up (b - a) <-> s * 2 ^ (a + N) <= t * 2 ^ (b + N)).
Proof.
  intros s a t b N Ha Hb. rewrite (pow_split a b N), (pow_split b a N), (Z.min_comm b a) by lia.
  pose proof (pow2_pos (N + Z.min a b) ltac:(lia)). pose proof (up_pos (a - b)). pose proof (up_pos (b - a)).
  set (g := 2 ^ (N + Z.min a b)) in *. split; intros; nia.
Qed.

Definition normal (p : price) : Prop := TOP <= sig p < W64.

(** The exact comparison of two prices: [sig 2^(expo - 63)], both sides over the smaller power of two. *)
Definition price_le (p q : price) : Prop := sig p * up (expo p - expo q) <= sig q * up (expo q - expo p).
(** [p <= n/d 2^k], [n/d 2^k <= p] and the first strictly. *)
Definition at_most (p : price) (n d k : Z) : Prop := sig p * d * up (expo p - 63 - k) <= n * up (k - (expo p - 63)).
Definition at_least (p : price) (n d k : Z) : Prop := n * up (k - (expo p - 63)) <= sig p * d * up (expo p - 63 - k).

Lemma pow2_succ : forall a, 0 <= a -> 2 ^ (a + 1) = 2 * 2 ^ a.
Proof. intros. rewrite Z.pow_add_r by lia. lia. Qed.

(** K_price_order. SPEC N4: the order of prices, exponents first, is the order of their values. *)
Theorem K_price_order : forall p q, normal p -> normal q -> (price_leb p q = true <-> price_le p q).
Proof.
  intros p q Hp Hq. unfold normal in *. unfold price_leb, price_ltb, price_le.
  assert (0 < TOP) by reflexivity. assert (W64 = 2 * TOP) by reflexivity.
  destruct (Z.eqb_spec (expo q) (expo p)) as [E|E].
  - rewrite E, Z.sub_diag. change (up 0) with 1. destruct (Z.ltb_spec (sig q) (sig p)); simpl; split; intros; try discriminate; auto; try lia.
  - set (N := Z.abs (expo p) + Z.abs (expo q)).
    rewrite (le_shift (sig p) (expo p) (sig q) (expo q) N) by lia.
    destruct (Z.ltb_spec (expo q) (expo p)); simpl; split; intros; try discriminate; auto.
    + exfalso. replace (expo p + N) with ((expo q + N + 1) + (expo p - expo q - 1)) in * by lia.
      rewrite (Z.pow_add_r 2 (expo q + N + 1)), pow2_succ in * by lia. pose proof (pow2_pos (expo q + N) ltac:(lia)).
      pose proof (pow2_pos (expo p - expo q - 1) ltac:(lia)).
      set (A := 2 ^ (expo q + N)) in *. set (B := 2 ^ (expo p - expo q - 1)) in *.
      assert (sig q * A < 2 * TOP * A) by (apply Z.mul_lt_mono_pos_r; lia).
      assert (TOP * A <= sig p * A) by (apply Z.mul_le_mono_nonneg_r; lia).
      assert (0 <= sig p * A) by (apply Z.mul_nonneg_nonneg; lia).
      assert (sig p * A * 1 <= sig p * A * B) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
    + replace (expo q + N) with ((expo p + N + 1) + (expo q - expo p - 1)) by lia.
      rewrite (Z.pow_add_r 2 (expo p + N + 1)), pow2_succ by lia. pose proof (pow2_pos (expo p + N) ltac:(lia)).
      pose proof (pow2_pos (expo q - expo p - 1) ltac:(lia)).
      set (A := 2 ^ (expo p + N)) in *. set (B := 2 ^ (expo q - expo p - 1)) in *.
      assert (sig p * A < 2 * TOP * A) by (apply Z.mul_lt_mono_pos_r; lia).
      assert (TOP * A <= sig q * A) by (apply Z.mul_le_mono_nonneg_r; lia).
      assert (0 <= sig q * A) by (apply Z.mul_nonneg_nonneg; lia).
      assert (sig q * A * 1 <= sig q * A * B) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

Lemma up_eq : forall k, 0 <= k -> up k = 2 ^ k. Proof. intros. unfold up. f_equal. lia. Qed.
Lemma up_one : forall k, k <= 0 -> up k = 1. Proof. intros. unfold up. rewrite Z.max_l by lia. reflexivity. Qed.

(** The exponent: [2^e <= n/d < 2^(e+1)]. *)
Lemma exponent_of_spec : forall n d, 0 < n -> 0 < d -> let e := exponent_of n d in
  d * up e <= n * up (- e) /\ n * up (- (e + 1)) < d * up (e + 1).
Proof.
  intros n d Hn Hd. pose proof (Z.log2_spec n Hn) as [N1 N2]. pose proof (Z.log2_spec d Hd) as [D1 D2].
  pose proof (Z.log2_nonneg n). pose proof (Z.log2_nonneg d). unfold Z.succ in *.
  unfold exponent_of. set (a := Z.log2 n) in *. set (b := Z.log2 d) in *.
  assert (forall e M, 0 <= M -> 0 <= e + M -> (d * up e <= n * up (- e) <-> d * 2 ^ (e + M) <= n * 2 ^ M)) as L.
  { intros e M H1 H2. pose proof (le_shift d e n 0 M ltac:(lia) ltac:(lia)) as L.
    rewrite Z.sub_0_r, Z.sub_0_l, Z.add_0_l in L. exact L. }
  assert (d * up (a - b + 1) > n * up (- (a - b + 1))) as TOPS.
  { destruct (Z_le_gt_dec (d * up (a - b + 1)) (n * up (- (a - b + 1)))) as [C|C]; [|lia].
    apply (L _ (b + 1)) in C; try lia. replace (a - b + 1 + (b + 1)) with (a + 1 + 1) in C by lia.
    rewrite (pow2_succ (a + 1)), (pow2_succ b) in C by lia. pose proof (pow2_pos b ltac:(lia)).
    pose proof (pow2_pos (a + 1) ltac:(lia)). nia. }
  destruct (Z.ltb_spec (n * up (- (a - b))) (d * up (a - b))) as [C|C]; cbv zeta.
  - split.
    + apply (L _ (b + 1)); try lia. replace (a - b - 1 + (b + 1)) with a by lia. rewrite pow2_succ in * by lia.
      pose proof (pow2_pos b ltac:(lia)). pose proof (pow2_pos a ltac:(lia)). nia.
    + replace (a - b - 1 + 1) with (a - b) by lia. auto.
  - split; lia.
Qed.

(** The significand: [n 2^(63 - e) / d] is at least 2^63 and below 2^64. *)
Lemma significand_spec : forall n d, 0 < n -> 0 < d -> let j := 63 - exponent_of n d in
  TOP * (d * up (- j)) <= n * up j < W64 * (d * up (- j)).
Proof.
  intros n d Hn Hd. pose proof (exponent_of_spec n d Hn Hd) as [A B]. cbv zeta in *. set (e := exponent_of n d) in *.
  pose proof (le_shift d e n 0 (Z.abs e + 64) ltac:(lia) ltac:(lia)) as LA.
  rewrite Z.sub_0_r, Z.sub_0_l, Z.add_0_l in LA. apply LA in A.
  pose proof (le_shift d (e + 1) n 0 (Z.abs e + 64) ltac:(lia) ltac:(lia)) as LB.
  rewrite Z.sub_0_r, Z.sub_0_l, Z.add_0_l in LB.
  assert (n * 2 ^ (Z.abs e + 64) < d * 2 ^ (e + 1 + (Z.abs e + 64))) as B'.
  { destruct (Z_le_gt_dec (d * 2 ^ (e + 1 + (Z.abs e + 64))) (n * 2 ^ (Z.abs e + 64))) as [C|C]; [|lia]. apply LB in C. lia. }
  set (M := Z.abs e + 64) in *.
  assert (forall s, s * (d * up (- (63 - e))) <= n * up (63 - e) <-> s * d * 2 ^ (e - 63 + M) <= n * 2 ^ M) as L.
  { intros s. pose proof (le_shift (s * d) (e - 63) n 0 M ltac:(lia) ltac:(lia)) as L0.
    rewrite Z.sub_0_r, Z.sub_0_l, Z.add_0_l in L0. replace (- (63 - e)) with (e - 63) by lia.
    replace (63 - e) with (- (e - 63)) by lia. rewrite Z.mul_assoc. exact L0. }
  assert (forall x, 0 <= x -> 2 ^ (x + 63) = TOP * 2 ^ x) as T.
  { intros. rewrite Z.pow_add_r by lia. unfold TOP. lia. }
  pose proof (pow2_pos (e - 63 + M) ltac:(lia)). split.
  - apply L. replace (e + M) with (e - 63 + M + 63) in A by lia. rewrite T in A by lia. nia.
  - destruct (Z_le_gt_dec (W64 * (d * up (- (63 - e)))) (n * up (63 - e))) as [C|C]; [|lia]. apply L in C.
    replace (e + 1 + M) with (e - 63 + M + 63 + 1) in B' by lia. rewrite pow2_succ, T in B' by lia.
    change W64 with (2 * TOP) in C. nia.
Qed.

Lemma price_in_range_some : forall e s p, price_in_range e s = Some p ->
  p = mkPrice e s /\ -128 <= e <= 127 /\ TOP <= s.
Proof.
  intros e s p. unfold price_in_range.
  destruct (Z.ltb_spec e (-128)), (Z.ltb_spec 127 e), (Z.ltb_spec s TOP); simpl; intros E; try discriminate.
  injection E as <-. repeat split; lia.
Qed.

(** K_price_floor. SPEC N4, N7: a number [n/d 2^k] rounded down to a price [p] is normalised (64 significant bits, the top
    one set), in range, at most the number, and the next significand is above it: a relative step of 2^-63 at most. *)
Theorem K_price_floor : forall n d k p, 0 < n -> 0 < d -> price_floor_of n d k = Some p ->
  normal p /\ -128 <= expo p <= 127 /\ at_most p n d k /\ ~ at_most (mkPrice (expo p) (sig p + 1)) n d k.
Proof.
  intros n d k p Hn Hd E. unfold price_floor_of in E. apply price_in_range_some in E. destruct E as (-> & R & S).
  pose proof (significand_spec n d Hn Hd) as [A B]. cbv zeta in *. set (e := exponent_of n d) in *.
  unfold normal, at_most, scaled_floor in *; cbn [expo sig].
  replace (e + k - 63 - k) with (- (63 - e)) by lia. replace (k - (e + k - 63)) with (63 - e) by lia.
  pose proof (up_pos (- (63 - e))). set (X := n * up (63 - e)) in *. set (Y := d * up (- (63 - e))) in *.
  assert (0 < Y) by (unfold Y; nia). pose proof (floor_spec X Y ltac:(lia)).
  rewrite <- !Z.mul_assoc. fold Y.
  assert (X / Y < W64) by (apply floor_lt; [assumption | rewrite Z.mul_comm; assumption]).
  set (q := X / Y) in *. clearbody q X Y. split; [lia|]. split; [lia|]. split; nia.
Qed.

(** K_price_ceil. SPEC N4, N7: a number rounded up to a price is normalised, in range, at least the number, and one step
    of the significand less is below it. *)
Theorem K_price_ceil : forall n d k p, 0 < n -> 0 < d -> price_ceil_of n d k = Some p ->
  normal p /\ -128 <= expo p <= 127 /\ at_least p n d k /\ ~ at_least (mkPrice (expo p) (sig p - 1)) n d k.
Proof.
  intros n d k p Hn Hd E. unfold price_ceil_of in E.
  pose proof (significand_spec n d Hn Hd) as [A B]. cbv zeta in *. set (e := exponent_of n d) in *.
  pose proof (up_pos (- (63 - e))). unfold scaled_ceil in *.
  set (Y := d * up (- (63 - e))) in *. assert (0 < Y) by (unfold Y; nia).
  set (X := n * up (63 - e)) in *. pose proof (cdiv_spec X Y ltac:(lia)) as [C1 C2].
  assert (cdiv X Y <= W64) by (apply cdiv_le; lia).
  assert (W64 = 2 * TOP) as W2 by reflexivity. assert (0 < TOP) by reflexivity.
  destruct (Z.eqb_spec (cdiv X Y) W64) as [C|C].
  - apply price_in_range_some in E. destruct E as (-> & R & S). unfold normal, at_least; cbn [expo sig].
    replace (e + k + 1 - 63 - k) with (- (62 - e)) by lia. replace (k - (e + k + 1 - 63)) with (62 - e) by lia.
    (* The same numbers with one binary place less. *)
    assert (up (63 - e) * up (- (62 - e)) = 2 * (up (62 - e) * up (- (63 - e)))) as U.
    { destruct (Z_le_gt_dec 63 e).
      - rewrite (up_one (63 - e)), (up_one (62 - e)), (up_eq (- (62 - e))), (up_eq (- (63 - e))) by lia.
        replace (- (62 - e)) with (- (63 - e) + 1) by lia. rewrite pow2_succ by lia. lia.
      - rewrite (up_eq (63 - e)), (up_eq (62 - e)), (up_one (- (62 - e))), (up_one (- (63 - e))) by lia.
        replace (63 - e) with (62 - e + 1) by lia. rewrite pow2_succ by lia. lia. }
    pose proof (up_pos (- (62 - e))). pose proof (up_pos (62 - e)). unfold X, Y in *. rewrite C in *.
    set (u1 := up (63 - e)) in *. set (u0 := up (62 - e)) in *. set (w1 := up (- (63 - e))) in *. set (w0 := up (- (62 - e))) in *.
    repeat split; try lia.
    + (* n u1 <= 2 TOP d w1, times w0, with u1 w0 = 2 u0 w1. *)
      apply Zmult_le_reg_r with (p := 2 * w1); [lia|].
      replace (n * u0 * (2 * w1)) with (n * (2 * (u0 * w1))) by ring. rewrite <- U.
      replace (n * (u1 * w0)) with (n * u1 * w0) by ring. nia.
    + intros F. assert (n * u0 * (2 * w1) <= (TOP - 1) * d * w0 * (2 * w1)) as G by nia.
      replace (n * u0 * (2 * w1)) with (n * (2 * (u0 * w1))) in G by ring. rewrite <- U in G.
      assert (d * w1 * (W64 - 1) * w0 < n * u1 * w0) by nia.
      assert (0 < d * w1 * w0) by nia. rewrite W2 in *. nia.
  - apply price_in_range_some in E. destruct E as (-> & R & S). unfold normal, at_least; cbn [expo sig].
    replace (e + k - 63 - k) with (- (63 - e)) by lia. replace (k - (e + k - 63)) with (63 - e) by lia.
    rewrite <- !Z.mul_assoc. fold Y. fold X. set (q := cdiv X Y) in *. clearbody q X Y.
    split; [lia|]. split; [lia|]. split; nia.
Qed.

Lemma exponent_ge : forall n d k q, 0 < n -> 0 < d -> normal q -> at_least q n d k -> exponent_of n d + k <= expo q.
Proof.
  intros n d k q Hn Hd [Q1 Q2] A. pose proof (exponent_of_spec n d Hn Hd) as [E _]. cbv zeta in E.
  set (e := exponent_of n d) in *. unfold at_least in A.
  set (M := Z.abs e + Z.abs k + Z.abs (expo q) + 100).
  apply (le_shift n k (sig q * d) (expo q - 63) M ltac:(lia) ltac:(lia)) in A.
  pose proof (le_shift d e n 0 (k + M) ltac:(lia) ltac:(lia)) as L.
  rewrite Z.sub_0_r, Z.sub_0_l, Z.add_0_l in L. apply L in E.
  destruct (Z_le_gt_dec (e + k) (expo q)) as [|C]; auto. exfalso.
  replace (e + (k + M)) with ((expo q - 63 + M) + 64 + (e + k - expo q - 1)) in E by lia.
  rewrite 2!Z.pow_add_r in E by lia. change (2 ^ 64) with W64 in E.
  pose proof (pow2_pos (expo q - 63 + M) ltac:(lia)). pose proof (pow2_pos (e + k - expo q - 1) ltac:(lia)).
  set (X := 2 ^ (expo q - 63 + M)) in *. set (Y := 2 ^ (e + k - expo q - 1)) in *. set (V := 2 ^ (k + M)) in *.
  assert (0 < W64) by reflexivity.
  assert (d * (X * W64 * 1) <= d * (X * W64 * Y)).
  { apply Z.mul_le_mono_nonneg_l; [lia|]. apply Z.mul_le_mono_nonneg_l; [|lia]. apply Z.mul_nonneg_nonneg; lia. }
  assert (sig q * (d * X) < W64 * (d * X)) by (apply Z.mul_lt_mono_pos_r; [apply Z.mul_pos_pos; lia | lia]).
  lia.
Qed.

(** K_price_ceil_least. SPEC N4, N7: the price that a number is rounded up to is the least one at or above it: a
    normalised price is at or above the number exactly if it is at or above the rounded price. *)
Theorem K_price_ceil_least : forall n d k p q, 0 < n -> 0 < d -> price_ceil_of n d k = Some p -> normal q ->
  (price_leb p q = true <-> at_least q n d k).
Proof.
  intros n d k p q Hn Hd E Hq. pose proof (K_price_ceil n d k p Hn Hd E) as (NP & RP & AP & _). split; intros H.
  - apply K_price_order in H; auto. unfold price_le, at_least in *.
    set (M := Z.abs k + Z.abs (expo q) + Z.abs (expo p) + 100).
    apply (le_shift n k (sig q * d) (expo q - 63) M ltac:(lia) ltac:(lia)).
    apply (le_shift n k (sig p * d) (expo p - 63) M ltac:(lia) ltac:(lia)) in AP.
    pose proof (le_shift (sig p) (expo p - 63) (sig q) (expo q - 63) M ltac:(lia) ltac:(lia)) as L.
    replace (expo p - 63 - (expo q - 63)) with (expo p - expo q) in L by lia.
    replace (expo q - 63 - (expo p - 63)) with (expo q - expo p) in L by lia. apply L in H. nia.
  - pose proof (exponent_ge n d k q Hn Hd Hq H) as G. unfold price_ceil_of in E.
    pose proof (significand_spec n d Hn Hd) as [_ B]. cbv zeta in *. set (e := exponent_of n d) in *.
    unfold scaled_ceil in E. set (Y := d * up (- (63 - e))) in *. set (X := n * up (63 - e)) in *.
    pose proof (up_pos (- (63 - e))). assert (0 < Y) by (unfold Y; nia).
    assert (expo q = e + k -> cdiv X Y <= sig q) as EQ.
    { intros F. apply cdiv_le; auto. unfold at_least in H. rewrite F in H.
      replace (k - (e + k - 63)) with (63 - e) in H by lia. replace (e + k - 63 - k) with (- (63 - e)) in H by lia.
      fold X in H. rewrite <- Z.mul_assoc in H. fold Y in H. lia. }
    unfold price_leb, price_ltb. destruct Hq as [Q1 Q2].
    destruct (Z.eqb_spec (cdiv X Y) W64) as [C|C]; apply price_in_range_some in E; destruct E as (-> & _ & S); cbn [expo sig].
    + assert (expo q <> e + k) by (intros F; specialize (EQ F); lia).
      destruct (Z.eqb_spec (expo q) (e + k + 1)).
      * destruct (Z.ltb_spec (sig q) TOP); auto; lia.
      * destruct (Z.ltb_spec (expo q) (e + k + 1)); auto; lia.
    + destruct (Z.eqb_spec (expo q) (e + k)).
      * destruct (Z.ltb_spec (sig q) (cdiv X Y)); auto. specialize (EQ ltac:(auto)). lia.
      * destruct (Z.ltb_spec (expo q) (e + k)); auto; lia.
Qed.

(** K_price_scale_ceil. SPEC D12, N4: a price times a ratio, rounded up, is normalised and at least the exact product; and
    it does not fall when the ratio rises. *)
Theorem K_price_scale_ceil : forall s r r' p p', normal s -> 0 < r <= r' ->
  price_scale_ceil s r = Some p -> price_scale_ceil s r' = Some p' ->
  normal p /\ at_least p (sig s * r) 1 (expo s - 111) /\ price_leb p p' = true.
Proof.
  intros s r r' p p' [N1 N2] Hr E E'. unfold price_scale_ceil in *. assert (0 < TOP) by reflexivity.
  destruct (Z.eqb_spec r 0); try lia. destruct (Z.eqb_spec r' 0); try lia.
  assert (0 < sig s * r) by (apply Z.mul_pos_pos; lia). assert (sig s * r <= sig s * r') by (apply Z.mul_le_mono_nonneg_l; lia).
  pose proof (K_price_ceil (sig s * r) 1 _ _ ltac:(assumption) ltac:(lia) E) as (A & _ & B & _).
  pose proof (K_price_ceil (sig s * r') 1 _ _ ltac:(lia) ltac:(lia) E') as (A' & _ & B' & _).
  repeat split; try apply A; auto. apply (K_price_ceil_least (sig s * r) 1 _ _ _ ltac:(assumption) ltac:(lia) E A').
  unfold at_least in *. pose proof (up_pos (expo s - 111 - (expo p' - 63))). nia.
Qed.

(** K_price_value. SPEC N6, N7: the value of an amount at a price, [n sig 2^(expo - 63)], rounded down and up. *)
Theorem K_price_value : forall p n v, let num := n * sig p * up (expo p - 63) in let den := up (63 - expo p) in
  (price_value_floor p n = Some v -> v * den <= num < (v + 1) * den) /\
  (price_value_ceil p n = Some v -> (v - 1) * den < num <= v * den).
Proof.
  intros p n v. cbv zeta. unfold price_value_floor, price_value_ceil, scaled_floor, scaled_ceil, fit128.
  replace (- (expo p - 63)) with (63 - expo p) by lia. rewrite Z.mul_1_l. pose proof (up_pos (63 - expo p)).
  rewrite !fit_some. split; intros [-> _].
  - pose proof (floor_spec (n * sig p * up (expo p - 63)) (up (63 - expo p)) ltac:(lia)). lia.
  - pose proof (cdiv_spec (n * sig p * up (expo p - 63)) (up (63 - expo p)) ltac:(lia)). lia.
Qed.

(** K_price_drawdown. SPEC D3, section 1: the drawdown of a price below a reference, in steps of 2^-48, under-states the
    fall: [p <= ref (1 - D)] in exact values, and it is the largest such number of steps. *)
Theorem K_price_drawdown : forall p ref, normal p -> normal ref -> price_ltb p ref = true ->
  let D := price_drawdown_floor p ref in
  let num := sig p * up (48 + expo p - expo ref) in let den := sig ref * up (expo ref - expo p - 48) in
  0 <= D <= ONE /\ num <= (ONE - D) * den /\ (ONE - (D + 1)) * den < num.
Proof.
  intros p ref Hp Hr L. cbv zeta. unfold price_drawdown_floor, price_ratio_ceil, scaled_ceil, fit64.
  replace (- (48 + expo p - expo ref)) with (expo ref - expo p - 48) by lia.
  set (X := sig p * up (48 + expo p - expo ref)). set (Y := sig ref * up (expo ref - expo p - 48)).
  assert (0 < TOP) by reflexivity. destruct Hp, Hr. pose proof (up_pos (expo ref - expo p - 48)). pose proof (up_pos (48 + expo p - expo ref)).
  assert (0 < Y) by (unfold Y; apply Z.mul_pos_pos; lia). assert (0 < X) by (unfold X; apply Z.mul_pos_pos; lia).
  assert (X <= ONE * Y) as XY.
  { assert (price_leb p ref = true) as LE.
    { unfold price_leb, price_ltb in *. destruct (Z.eqb_spec (expo p) (expo ref)) as [E|E].
      - rewrite E, Z.eqb_refl. apply Z.ltb_lt in L. destruct (Z.ltb_spec (sig ref) (sig p)); auto; lia.
      - apply Z.ltb_lt in L. destruct (Z.eqb_spec (expo ref) (expo p)), (Z.ltb_spec (expo ref) (expo p)); auto; lia. }
    apply K_price_order in LE; try (split; lia). unfold price_le in LE.
    set (M := Z.abs (expo p) + Z.abs (expo ref) + 100).
    apply (le_shift (sig p) (expo p) (sig ref) (expo ref) M ltac:(lia) ltac:(lia)) in LE.
    pose proof (le_shift (sig p) (48 + expo p) (ONE * sig ref) (expo ref) M ltac:(lia) ltac:(lia)) as S.
    replace (expo ref - (48 + expo p)) with (expo ref - expo p - 48) in S by lia.
    unfold X, Y. rewrite Z.mul_assoc. apply S. replace (48 + expo p + M) with (expo p + M + 48) by lia.
    rewrite Z.pow_add_r by lia. change (2 ^ 48) with ONE. pose proof ONE_pos. nia. }
  assert (cdiv X Y <= ONE) as C by (apply cdiv_le; lia).
  pose proof (cdiv_spec X Y ltac:(lia)). pose proof (cdiv_nonneg X Y ltac:(lia) ltac:(lia)).
  destruct (Z.ltb_spec (cdiv X Y) W64) as [F|F].
  - clearbody X Y. set (q := cdiv X Y) in *. clearbody q. unfold excess. rewrite Z.max_r by lia.
    split; [lia|]. split; nia.
  - assert (ONE < W64) by reflexivity. lia.
Qed.
