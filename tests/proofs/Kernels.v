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
