(** Dutch auctions (SPEC D12, D13, T6), as [src/curve.rs] and [src/auction.rs] compute them. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [Curve]: duration, cut (a decay) and step, decay. *)
Inductive curve :=
| Linear (duration : Z)
| StairExponential (cut step : Z)
| Exponential (decay : Z).
(** [Curve::MAX_ELAPSED], [Curve::ERROR] *)
Definition MAX_ELAPSED : Z := 604800.
Definition CURVE_ERROR : Z := 64.
(** [Curve::check] *)
Definition falls (d : Z) : bool := negb (d =? 0) && negb (d =? DONE).
Definition curve_check (c : curve) : bool :=
  match c with
  | Linear duration => negb (duration =? 0)
  | StairExponential cut step => negb (step =? 0) && falls cut
  | Exponential decay => falls decay
  end.
(** [Curve::part_ceil] *)
Definition part_ceil (c : curve) (elapsed floor : Z) : option Z :=
  let? part :=
    match c with
    | Linear duration =>
        if duration =? 0 then None
        else let left := excess duration elapsed in
             Some (if left =? duration then ONE else share_ceil left duration 48)
    | StairExponential cut step =>
        if step =? 0 then None else Some (decay_to_ratio_ceil (decay_pow_ceil cut (elapsed / step)))
    | Exponential decay => Some (decay_to_ratio_ceil (decay_pow_ceil decay elapsed))
    end in
  Some (Z.max part floor).

(** [AuctionParams], [AuctionConfig::new] *)
Record auction := mkAuction { a_curve : curve; a_floor : Z; a_tail : Z; a_cusp : Z; a_dust : Z }.
Definition auction_check (a : auction) : bool :=
  (0 <? a_floor a) && (a_floor a <? ONE) && (0 <? a_tail a) && (a_tail a <=? MAX_ELAPSED) && (a_cusp a <? ONE)
  && curve_check (a_curve a).
(** [Terms], [Terms::freeze] *)
Record terms := mkTerms { t_auction : auction; t_start : price; t_opened : Z }.
Definition freeze (a : auction) (b : band) (buffer now : Z) : option terms :=
  let? factor := ratio_add ONE buffer in
  let? start := price_scale_ceil (high b) factor in
  let? _ := price_scale_ceil start (a_floor a) in
  Some (mkTerms a start now).
(** [Terms::price_after] ([None] inside: a reset is due) *)
Definition price_after (t : terms) (elapsed : Z) : option (option price) :=
  let a := t_auction t in
  if a_tail a <? elapsed then Some None
  else let? part := part_ceil (a_curve a) elapsed (a_floor a) in
       if part <? a_cusp a then Some None
       else let? p := price_scale_ceil (t_start t) part in Some (Some p).
(** [Terms::price] and [Terms::needs_reset] *)
Definition elapsed_at (t : terms) (now : Z) : option Z := if now <? t_opened t then None else Some (now - t_opened t).
Definition price_at (t : terms) (now : Z) : option price :=
  let? e := elapsed_at t now in let? p := price_after t e in p.
Definition needs_reset (t : terms) (now : Z) : option bool :=
  let? e := elapsed_at t now in
  let? p := price_after t e in
  Some (match p with None => true | Some _ => false end).
(** [Terms::time_to]: bisection; the tail is below 2^20, so twenty rounds close the gap. *)
Fixpoint time_search (rounds : nat) (t : terms) (value : price) (low high : Z) : Z :=
  match rounds with
  | O => low
  | S rounds =>
      if low <? high then
        let middle := (low + high) / 2 in
        match price_after t middle with
        | Some (Some p) => if price_ltb value p then time_search rounds t value (middle + 1) high
                           else time_search rounds t value low middle
        | Some None | None => time_search rounds t value low middle
        end
      else low
  end.
Definition time_to (t : terms) (value : price) : option Z :=
  let time := time_search 20 t value 0 (a_tail (t_auction t)) in
  match price_after t time with
  | Some (Some p) => if price_leb p value then Some time else None
  | Some None | None => None
  end.
(** [Terms::clearing_price_floor] *)
Definition clearing_price_floor (t : terms) (value : price) (latency : Z) : option price :=
  let? time := time_to t value in
  let? answered := fit64 (time + latency) in
  let? p := price_after t answered in p.

(** [Lot], [Lot::open] *)
Record lot := mkLot { l_terms : terms; l_remaining : Z; l_raise : Z }.
Definition lot_open (t : terms) (sell raise : Z) : option lot :=
  if (sell =? 0) || (raise =? 0) then None
  else let? _ := price_value_ceil (t_start t) sell in Some (mkLot t sell raise).
Definition is_done (l : lot) : bool := (l_remaining l =? 0) || (l_raise l =? 0).
(** [Lot::whole], [Lot::most_in_part], [Lot::sold] *)
Definition whole (l : lot) (p : price) : Z :=
  match (let? q := price_amount_floor p (excess (l_raise l) 1) in add128 q 1) with
  | Some amount => Z.min amount (l_remaining l)
  | None => l_remaining l
  end.
Definition most_in_part (l : lot) (p : price) : Z :=
  let dust := a_dust (t_auction (l_terms l)) in
  let of_lot := match price_amount_ceil p dust with Some rest => excess (l_remaining l) rest | None => 0 end in
  let of_tab :=
    if l_raise l <? dust then 0
    else match price_amount_floor p (l_raise l - dust) with Some q => q | None => l_remaining l end in
  Z.min of_lot of_tab.
Definition lot_sold (l : lot) (want : Z) (p : price) : option (Z * Z) :=
  let most := Z.min want (l_remaining l) in
  let? paid := price_value_ceil p most in
  let rest := excess (l_remaining l) most in
  let dust := a_dust (t_auction (l_terms l)) in
  (* The left operands first, as Rust evaluates them: the worth of the rest is asked for only where it matters. *)
  let? fits :=
    if paid <? l_raise l then
      if rest =? 0 then Some true
      else if paid <? dust then Some false
      else let? worth := price_value_floor p rest in
           Some ((dust <=? worth) && (dust <=? l_raise l - paid))
    else Some false in
  if fits then Some (most, paid)
  else
    let w := whole l p in
    if w <=? want then let? paid := price_value_ceil p w in Some (w, paid)
    else
      let sold := Z.min want (most_in_part l p) in
      let? paid := price_value_ceil p sold in
      if (sold =? 0) || (paid <? dust) then None else Some (sold, paid).
(** [Lot::take]: lot after the sale, sold, paid, price. *)
Definition take (l : lot) (want : Z) (max_price : price) (now : Z) : option (lot * Z * Z * price) :=
  if is_done l || (want =? 0) then None
  else let? p := price_at (l_terms l) now in
       if price_ltb max_price p then None
       else let? sp := lot_sold l want p in
            let '(sold, paid) := sp in
            let? left := sub128 (l_remaining l) sold in
            Some (mkLot (l_terms l) left (excess (l_raise l) paid), sold, paid, p).

(** The example of [Terms]: one per cent less every 90 seconds, from 240. *)
Definition ex_terms : option terms :=
  let? r := ratio_of_floor 9900 10000 in
  let? cut := decay_from_ratio r in
  let? floor := ratio_of_ceil 4000 10000 in
  let? cusp := ratio_of_floor 4500 10000 in
  let? l := price_from_decimal_floor 199 (-12) in
  let? h := price_from_decimal_ceil 200 (-12) in
  let? buffer := ratio_of_ceil 2000 10000 in
  freeze (mkAuction (StairExponential cut 90) floor 7200 cusp 100000000) (mkBand l h) buffer 1000.
Definition ex_asked (now : Z) : option Z :=
  let? t := ex_terms in let? p := price_at t now in price_value_floor p (10 ^ 18).
Example ex_prices :
  (ex_asked 1000, ex_asked 1089, ex_asked 1090, ex_asked (1000 + 7199), ex_asked (1000 + 7200), ex_asked 999) =
  (Some 240000000, Some 240000000, Some 237600000, Some 108490476, None, None).
Proof. vm_compute. reflexivity. Qed.
Example ex_time :
  (let? t := ex_terms in let? h := price_from_decimal_ceil 200 (-12) in time_to t h) = Some 1710 /\
  (let? t := ex_terms in let? h := price_from_decimal_ceil 200 (-12) in
   let? p := clearing_price_floor t h 120 in price_value_floor p (10 ^ 18)) = Some 196297665.
Proof. vm_compute. split; reflexivity. Qed.
(** The example of [Lot::take]. *)
Definition ex_takes : option (list (Z * Z * Z)) :=
  let? start := price_from_fraction_ceil 5 2 in
  let? floor := ratio_of_ceil 1 2 in
  let? t := freeze (mkAuction (Linear 100) floor 100 0 20) (mkBand start start) 0 0 in
  let? l := lot_open t 100 101 in
  let few := take l 7 start 0 in
  let? a := take l 8 start 0 in
  let '(l, s1, p1, _) := a in let r1 := l_raise l in
  let? a := take l 32 start 0 in
  let '(l, s2, p2, _) := a in let r2 := l_raise l in
  let? a := take l 68 start 0 in
  let '(l', s3, p3, _) := a in
  match few, take l 8 start 0 with
  | None, None => Some [(s1, p1, r1); (s2, p2, r2); (s3, p3, l_remaining l')]
  | _, _ => None
  end.
Example ex_take : ex_takes = Some [(8, 20, 81); (24, 60, 21); (9, 23, 59)].
Proof. vm_compute. reflexivity. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs *)

(** A price in steps of 2^-191: an integer for every price in range. *)
Definition pv (p : price) : Z := sig p * 2 ^ (expo p + 128).
Definition sound (p : price) : Prop := normal p /\ -128 <= expo p <= 127.

Lemma pv_pos : forall p, sound p -> 0 < pv p.
Proof. intros p [[N _] R]. unfold pv. assert (0 < TOP) by reflexivity. apply Z.mul_pos_pos; [lia|]. apply pow2_pos. lia. Qed.

Lemma pv_le : forall p q, sound p -> sound q -> (price_leb p q = true <-> pv p <= pv q).
Proof.
  intros p q [NP RP] [NQ RQ]. rewrite K_price_order by auto. unfold price_le, pv. apply le_shift; lia.
Qed.
Lemma pv_lt : forall p q, sound p -> sound q -> (price_ltb p q = true <-> pv p < pv q).
Proof.
  intros p q P Q. pose proof (pv_le q p Q P) as H. unfold price_leb in H.
  destruct (price_ltb p q); simpl in H; split; intros; auto; try discriminate.
  - destruct (Z_lt_le_dec (pv p) (pv q)); auto. apply H in l. discriminate.
  - assert (pv q <= pv p) by (apply H; auto). lia.
Qed.

(** The price rounded up is the least at or above the product: [q >= p] iff [pv s r <= pv q 2^48]. *)
Lemma scale_least : forall s r p q, sound s -> 0 < r -> price_scale_ceil s r = Some p -> sound q ->
  sound p /\ pv s * r <= pv p * ONE /\ (pv p <= pv q <-> pv s * r <= pv q * ONE).
Proof.
  intros s r p q [[S1 S2] RS] Hr E Q. assert (0 < TOP) by reflexivity.
  unfold price_scale_ceil in E. destruct (Z.eqb_spec r 0); try lia.
  assert (0 < sig s * r) by (apply Z.mul_pos_pos; lia).
  pose proof (K_price_ceil (sig s * r) 1 _ _ ltac:(assumption) ltac:(lia) E) as (NP & RP & _ & _).
  assert (sound p) as SP by (split; auto).
  assert (forall x, sound x -> (at_least x (sig s * r) 1 (expo s - 111) <-> pv s * r <= pv x * ONE)) as L.
  { intros x [_ RX]. unfold at_least, pv. rewrite Z.mul_1_r. rewrite (le_shift (sig s * r) (expo s - 111) (sig x) (expo x - 63) 239) by lia.
    replace (expo s - 111 + 239) with (expo s + 128) by lia. replace (expo x - 63 + 239) with (expo x + 128 + 48) by lia.
    rewrite (Z.pow_add_r 2 (expo x + 128)) by lia. change (2 ^ 48) with ONE. split; intros; lia. }
  split; auto. split.
  - apply L; auto. apply (K_price_ceil_least (sig s * r) 1 _ _ _ ltac:(assumption) ltac:(lia) E NP). unfold price_leb, price_ltb.
    rewrite Z.eqb_refl, Z.ltb_irrefl. reflexivity.
  - rewrite <- (L q Q), <- (pv_le p q SP Q). apply (K_price_ceil_least (sig s * r) 1 _ _ _ ltac:(assumption) ltac:(lia) E). apply Q.
Qed.

Lemma exponent_of_one : forall n, 0 < n -> exponent_of n 1 = Z.log2 n.
Proof.
  intros n H. unfold exponent_of. change (Z.log2 1) with 0. rewrite Z.sub_0_r. cbv zeta.
  pose proof (Z.log2_nonneg n). pose proof (Z.log2_spec n H). rewrite (up_one (- Z.log2 n)), (up_eq (Z.log2 n)) by lia.
  destruct (Z.ltb_spec (n * 1) (1 * 2 ^ Z.log2 n)); auto; lia.
Qed.

(** A product between a price in range that was computed and a price in range is in range. *)
Lemma scale_total : forall s r0 r p0, sound s -> 0 < r0 <= r -> r <= ONE -> price_scale_ceil s r0 = Some p0 ->
  exists p, price_scale_ceil s r = Some p.
Proof.
  intros s r0 r p0 [[S1 S2] RS] Hr HO E. assert (0 < TOP) by reflexivity.
  unfold price_scale_ceil in *. destruct (Z.eqb_spec r0 0) as [|NZ0], (Z.eqb_spec r 0) as [|NZ]; try lia.
  assert (0 < sig s * r0) as P0 by (apply Z.mul_pos_pos; lia).
  assert (sig s * r0 <= sig s * r) as LE by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (at_least s (sig s * r) 1 (expo s - 111)) as AL.
  { unfold at_least. replace (expo s - 111 - (expo s - 63)) with (-48) by lia. replace (expo s - 63 - (expo s - 111)) with 48 by lia.
    change (up (-48)) with 1. change (up 48) with ONE. nia. }
  set (n := sig s * r) in *. set (n0 := sig s * r0) in *. clearbody n n0.
  pose proof (exponent_ge n 1 _ s ltac:(lia) ltac:(lia) (conj S1 S2) AL) as GE.
  unfold price_ceil_of in *. rewrite !exponent_of_one in * by lia.
  pose proof (Z.log2_le_mono n0 n LE) as LG. pose proof (Z.log2_nonneg n0).
  unfold scaled_ceil in *. rewrite !Z.mul_1_l in *.
  set (e := Z.log2 n) in *. set (e0 := Z.log2 n0) in *.
  pose proof (significand_spec n 1 ltac:(lia) ltac:(lia)) as [A B]. cbv zeta in *. rewrite !exponent_of_one, !Z.mul_1_l in * by lia. fold e in A, B.
  pose proof (up_pos (- (63 - e))) as U.
  assert (TOP <= cdiv (n * up (63 - e)) (up (- (63 - e)))) as T.
  { pose proof (lt_cdiv (n * up (63 - e)) (up (- (63 - e))) (TOP - 1) U) as [_ F].
    set (X := n * up (63 - e)) in *. set (Y := up (- (63 - e))) in *. clearbody X Y. specialize (F ltac:(nia)). lia. }
  assert (expo s = e + (expo s - 111) -> cdiv (n * up (63 - e)) (up (- (63 - e))) <= sig s) as EQ.
  { intros F. apply cdiv_le; auto. unfold at_least in AL. assert (e = 111) as E1 by lia. rewrite E1.
    replace (expo s - 111 - (expo s - 63)) with (63 - 111) in AL by lia.
    replace (expo s - 63 - (expo s - 111)) with (- (63 - 111)) in AL by lia. rewrite (Z.mul_1_r (sig s)) in AL. lia. }
  assert (forall a b, -128 <= a <= 127 -> TOP <= b -> exists p, price_in_range a b = Some p) as OK.
  { intros a b Ha Hb. unfold price_in_range. destruct (Z.ltb_spec a (-128)), (Z.ltb_spec 127 a), (Z.ltb_spec b TOP); try lia.
    eexists; reflexivity. }
  assert (-129 <= e0 + (expo s - 111) /\
          (e0 + (expo s - 111) = -129 -> cdiv (n0 * up (63 - e0)) (up (- (63 - e0))) = W64)) as [LO LC].
  { destruct (Z.eqb_spec (cdiv (n0 * up (63 - e0)) (up (- (63 - e0)))) W64);
      apply price_in_range_some in E; destruct E as (_ & R0 & _); split; intros; auto; lia. }
  clearbody e e0.
  destruct (Z.eqb_spec (cdiv (n * up (63 - e)) (up (- (63 - e)))) W64) as [C|C]; (apply OK; [|auto; lia]).
  - split; [lia|]. destruct (Z.eq_dec (expo s) (e + (expo s - 111))) as [F|F]; [|lia]. specialize (EQ F). lia.
  - split; [|lia]. destruct (Z.eq_dec (e + (expo s - 111)) (-129)) as [F|F]; [|lia]. exfalso.
    assert (e0 = e) as E0 by lia. specialize (LC ltac:(lia)). rewrite E0 in LC. apply C.
    pose proof (cdiv_mono (n0 * up (63 - e)) (n * up (63 - e)) (up (- (63 - e))) U ltac:(pose proof (up_pos (63 - e)); nia)) as M.
    assert (cdiv (n * up (63 - e)) (up (- (63 - e))) <= W64) by (apply cdiv_le; lia). lia.
Qed.

(** A sound auction: what [AuctionConfig::new] and [Terms::freeze] check, decays and times being in their types. *)
Definition curve_sound (c : curve) : Prop :=
  match c with
  | Linear T => 0 < T
  | StairExponential cut step => 0 < cut < DONE /\ 0 < step
  | Exponential d => 0 < d < DONE
  end.
Definition terms_sound (t : terms) : Prop :=
  sound (t_start t) /\ curve_sound (a_curve (t_auction t)) /\ 0 < a_floor (t_auction t) < ONE /\
  0 < a_tail (t_auction t) <= MAX_ELAPSED /\
  exists p, price_scale_ceil (t_start t) (a_floor (t_auction t)) = Some p.

Lemma to_ratio_ceil_mono : forall a b, a <= b -> decay_to_ratio_ceil a <= decay_to_ratio_ceil b.
Proof. intros. unfold decay_to_ratio_ceil. apply cdiv_mono; lia. Qed.
Lemma to_ratio_ceil_one : forall a, a <= DONE -> decay_to_ratio_ceil a <= ONE.
Proof. intros. unfold decay_to_ratio_ceil. apply cdiv_le; [lia|]. change (2 ^ 15 * ONE) with DONE. auto. Qed.

Lemma line_part : forall T e f, 0 < T -> 0 <= e ->
  part_ceil (Linear T) e f = Some (Z.max (cdiv (excess T e * ONE) T) f).
Proof.
  intros T e f HT He. unfold part_ceil, bind. destruct (Z.eqb_spec T 0); try lia. f_equal. f_equal.
  destruct (Z.eqb_spec (excess T e) T) as [->|]; unfold share_ceil.
  - symmetry. apply cdiv_unique; lia.
  - reflexivity.
Qed.

(** T6_never_rises. SPEC D12: the part of the start price never rises with time, on any curve; it is a ratio of at most one
    and at least the floor. *)
Theorem T6_never_rises : forall c t t' f, curve_sound c -> 0 <= f <= ONE -> 0 <= t <= t' ->
  exists x y, part_ceil c t f = Some x /\ part_ceil c t' f = Some y /\ f <= y <= x /\ x <= ONE.
Proof.
  intros c t t' f Hc Hf Ht. destruct c as [T|cut step|d]; simpl in Hc.
  - rewrite !line_part by lia. do 2 eexists. split; [reflexivity|]. split; [reflexivity|].
    assert (cdiv (excess T t' * ONE) T <= cdiv (excess T t * ONE) T).
    { apply cdiv_mono; auto. unfold excess. pose proof ONE_pos. nia. }
    assert (cdiv (excess T t * ONE) T <= ONE).
    { apply cdiv_le; auto. unfold excess. pose proof ONE_pos. nia. }
    lia.
  - destruct Hc as [Hc Hs]. unfold part_ceil, bind. destruct (Z.eqb_spec step 0); try lia.
    do 2 eexists. split; [reflexivity|]. split; [reflexivity|].
    assert (0 <= t / step <= t' / step) by (split; [apply floor_nonneg; lia | apply floor_mono; lia]).
    pose proof (K_decay_pow_never_rises cut (t / step) (t' / step) ltac:(lia) ltac:(lia)) as [A _].
    pose proof (K_decay_pow_range cut (t / step) ltac:(lia)) as [B _].
    pose proof (to_ratio_ceil_mono _ _ A). pose proof (to_ratio_ceil_one _ (proj2 B)). lia.
  - unfold part_ceil, bind. do 2 eexists. split; [reflexivity|]. split; [reflexivity|].
    pose proof (K_decay_pow_never_rises d t t' ltac:(lia) ltac:(lia)) as [A _].
    pose proof (K_decay_pow_range d t ltac:(lia)) as [B _].
    pose proof (to_ratio_ceil_mono _ _ A). pose proof (to_ratio_ceil_one _ (proj2 B)). lia.
Qed.

(** T6_price_never_rises. SPEC D12: while no reset is due at the later time, none was due before; the earlier price exists,
    and is at or above the later one. *)
Theorem T6_price_never_rises : forall t e e' p', terms_sound t -> 0 <= e <= e' -> price_after t e' = Some (Some p') ->
  exists p, price_after t e = Some (Some p) /\ sound p /\ sound p' /\ pv p' <= pv p /\
            pv (t_start t) * a_floor (t_auction t) <= pv p' * ONE.
Proof.
  intros t e e' p' (HS & HC & HF & HT & p0 & E0) He E. unfold price_after in *.
  pose proof (T6_never_rises (a_curve (t_auction t)) e e' (a_floor (t_auction t)) HC ltac:(lia) He) as (x & y & X & Y & XY & XO).
  destruct (Z.ltb_spec (a_tail (t_auction t)) e'); try discriminate.
  destruct (Z.ltb_spec (a_tail (t_auction t)) e); try lia.
  rewrite X. rewrite Y in E. unfold bind in *.
  destruct (Z.ltb_spec y (a_cusp (t_auction t))); try discriminate. destruct (Z.ltb_spec x (a_cusp (t_auction t))); try lia.
  destruct (price_scale_ceil (t_start t) y) as [p1|] eqn:P1; try discriminate. injection E as <-.
  destruct (scale_total (t_start t) (a_floor (t_auction t)) x p0 HS ltac:(lia) XO E0) as [p PX]. rewrite PX.
  exists p. split; auto.
  pose proof (scale_least (t_start t) x p (t_start t) HS ltac:(lia) PX HS) as (SP & LP & _).
  pose proof (scale_least (t_start t) y p1 p HS ltac:(lia) P1 SP) as (SQ & LQ & IQ).
  repeat (split; auto).
  - apply IQ. pose proof (pv_pos _ HS). set (s := pv (t_start t)) in *.
    assert (s * y <= s * x) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
  - pose proof (pv_pos _ HS). set (s := pv (t_start t)) in *.
    assert (s * a_floor (t_auction t) <= s * y) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

(** T6_time_to. SPEC T6: [time_to] is right when it names a time: no reset is due then, the price is at or below the value
    then, and above it at every earlier time. *)
Definition above (t : terms) (v : price) (e : Z) : Prop := exists p, price_after t e = Some (Some p) /\ price_ltb v p = true.

Lemma above_before : forall t v e e', terms_sound t -> sound v -> 0 <= e <= e' -> above t v e' -> above t v e.
Proof.
  intros t v e e' HT HV He (p' & E & L). destruct (T6_price_never_rises t e e' p' HT He E) as (p & P & S & S' & LE & _).
  exists p. split; auto. apply pv_lt in L; auto. apply pv_lt; auto. lia.
Qed.

Lemma time_search_above : forall rounds t v lo hi, terms_sound t -> sound v -> 0 <= lo ->
  (forall e, 0 <= e < lo -> above t v e) ->
  0 <= time_search rounds t v lo hi /\ forall e, 0 <= e < time_search rounds t v lo hi -> above t v e.
Proof.
  induction rounds; intros t v lo hi HT HV Hlo H; simpl; auto.
  destruct (Z.ltb_spec lo hi); auto. pose proof (floor_spec (lo + hi) 2 ltac:(lia)).
  destruct (price_after t ((lo + hi) / 2)) as [[p|]|] eqn:E; try (apply IHrounds; auto; fail).
  destruct (price_ltb v p) eqn:L; try (apply IHrounds; auto; fail).
  apply IHrounds; auto; try lia. intros e He.
  apply above_before with (e' := (lo + hi) / 2); auto; try lia. exists p; auto.
Qed.

Theorem T6_time_to : forall t v e, terms_sound t -> sound v -> time_to t v = Some e ->
  0 <= e /\ (exists p, price_after t e = Some (Some p) /\ price_leb p v = true) /\ (forall e', 0 <= e' < e -> above t v e').
Proof.
  intros t v e HT HV E. unfold time_to in E.
  pose proof (time_search_above 20 t v 0 (a_tail (t_auction t)) HT HV ltac:(lia) ltac:(intros; lia)) as [A B].
  set (x := time_search 20 t v 0 (a_tail (t_auction t))) in *. clearbody x.
  destruct (price_after t x) as [[p|]|] eqn:P; try discriminate. destruct (price_leb p v) eqn:L; try discriminate.
  injection E as <-. split; auto. split; auto. exists p; auto.
Qed.

(** How far a computed part of steps is from the exact power: at or above it, by less than [CURVE_ERROR] = 2^-42. *)
Lemma power_part : forall c n, 0 < c < DONE -> 0 <= n <= MAX_ELAPSED ->
  ONE * c ^ n <= decay_to_ratio_ceil (decay_pow_ceil c n) * DONE ^ n <= ONE * c ^ n + CURVE_ERROR * DONE ^ n.
Proof.
  intros c n Hc Hn. unfold MAX_ELAPSED in Hn. unfold CURVE_ERROR, decay_to_ratio_ceil. pose proof (power_pos n ltac:(lia)) as PD.
  pose proof (cdiv_spec (decay_pow_ceil c n) (2 ^ 15) ltac:(lia)) as CS.
  set (r := cdiv (decay_pow_ceil c n) (2 ^ 15)) in *.
  assert ((decay_pow_ceil c n - n) * DONE ^ n <= DONE * c ^ n <= decay_pow_ceil c n * DONE ^ n) as P.
  { destruct (Z.eq_dec n 0) as [->|].
    - unfold decay_pow_ceil. simpl decay_pow. rewrite !Z.pow_0_r. lia.
    - pose proof (K_decay_pow_ceil c n ltac:(lia) ltac:(lia)). nia. }
  set (x := decay_pow_ceil c n) in *. clearbody x r. set (D := DONE ^ n) in *. set (C := c ^ n) in *. clearbody D C.
  change DONE with (2 ^ 15 * ONE) in P. set (w := 2 ^ 15) in *. assert (w = 32768) as W by reflexivity. clearbody w.
  pose proof ONE_pos. set (o := ONE) in *. clearbody o. subst w. split; nia.
Qed.

(** The price of a step curve in its own step count. *)
Lemma stair_price : forall t cut step e p, terms_sound t -> a_curve (t_auction t) = StairExponential cut step -> 0 <= e ->
  price_after t e = Some (Some p) ->
  e <= a_tail (t_auction t) /\ sound p /\
  forall q, sound q -> (pv p <= pv q <-> pv (t_start t) * Z.max (decay_to_ratio_ceil (decay_pow_ceil cut (e / step))) (a_floor (t_auction t)) <= pv q * ONE).
Proof.
  intros t cut step e p HT EC He E. pose proof HT as (HS & HC & HF & HTT & _). rewrite EC in HC. simpl in HC.
  unfold price_after in E. destruct (Z.ltb_spec (a_tail (t_auction t)) e); try discriminate. rewrite EC in E.
  unfold part_ceil, bind in E. destruct (Z.eqb_spec step 0); try lia.
  set (x := Z.max (decay_to_ratio_ceil (decay_pow_ceil cut (e / step))) (a_floor (t_auction t))) in *.
  destruct (x <? a_cusp (t_auction t)); try discriminate.
  destruct (price_scale_ceil (t_start t) x) as [p1|] eqn:P; try discriminate. injection E as <-.
  split; [lia|]. assert (0 < x) by lia.
  split; [apply (scale_least (t_start t) x p1 (t_start t) HS ltac:(lia) P HS)|]. intros q Q. apply (scale_least (t_start t) x p1 q HS ltac:(lia) P Q).
Qed.

(** T6_clearing. SPEC T6, stairs: let the price first be at or below [v] at [e0], let no reset be due when the answer comes,
    [latency] later, and let [p] be the price then. With [l = floor(latency / step)], [v' = min(v, s)]:
    [p >= f s] and [p >= c^(l+1) (v' - s 2^-42)]. Prices are in steps of 2^-191 ([pv]), the cut [c] in steps of 2^-63. *)
Theorem T6_clearing : forall t cut step v e0 latency p0 p,
  terms_sound t -> a_curve (t_auction t) = StairExponential cut step -> sound v -> 0 <= latency -> 0 <= e0 ->
  price_after t e0 = Some (Some p0) -> price_leb p0 v = true -> (forall e, 0 <= e < e0 -> above t v e) ->
  price_after t (e0 + latency) = Some (Some p) ->
  let s := pv (t_start t) in let l := latency / step in
  s * a_floor (t_auction t) <= pv p * ONE /\
  cut ^ (l + 1) * (Z.min (pv v) s * ONE - s * CURVE_ERROR) <= DONE ^ (l + 1) * (pv p * ONE).
Proof.
  intros t cut step v e0 latency p0 p HT EC HV HL He E0 L0 BEFORE EP. cbv zeta.
  pose proof HT as (HS & HC & HF & HTT & _). rewrite EC in HC. simpl in HC. destruct HC as [HC HST].
  pose proof (pv_pos _ HS) as SPOS.
  destruct (stair_price t cut step (e0 + latency) p HT EC ltac:(lia) EP) as (TL & SP & IP).
  destruct (stair_price t cut step e0 p0 HT EC He E0) as (_ & SP0 & IP0).
  pose proof (proj1 (IP p SP) ltac:(lia)) as GP. pose proof ONE_pos as OP. pose proof DONE_pos as DP.
  assert (0 <= latency / step) as L0' by (apply floor_nonneg; lia). set (l := latency / step) in *.
  pose proof (floor_spec latency step HST) as FL. fold l in FL.
  set (s := pv (t_start t)) in *. split; [nia|].
  (* e0 is a multiple of the step. *)
  set (k := e0 / step) in *. pose proof (floor_spec e0 step HST) as FE. fold k in FE.
  assert (0 <= k) as K0 by (unfold k; apply floor_nonneg; lia).
  apply pv_le in L0; auto.
  assert (forall e, 0 <= e < e0 -> e / step <> k) as FIRST.
  { intros e Le F. destruct (BEFORE e Le) as (p1 & E1 & A1). destruct (stair_price t cut step e p1 HT EC ltac:(lia) E1) as (_ & SP1 & IP1).
    apply pv_lt in A1; auto. rewrite F in IP1. pose proof (proj2 (IP1 p0 SP0)) as X. pose proof (proj1 (IP0 p0 SP0) ltac:(lia)) as Y.
    specialize (X Y). lia. }
  assert (e0 = k * step) as EK.
  { destruct (Z.eq_dec e0 (k * step)); auto. exfalso. apply (FIRST (k * step)); [nia|]. apply floor_unique; nia. }
  assert ((e0 + latency) / step = k + l) as EN by (apply floor_unique; nia). rewrite EN in GP.
  assert (0 <= k + l <= MAX_ELAPSED) as RN by (unfold MAX_ELAPSED in *; nia).
  pose proof (power_part cut (k + l) HC RN) as [PN _].
  pose proof (power_pos l L0') as DL. pose proof (power_pos k K0) as DK.
  (* p 2^48 D^n >= s 2^48 c^n *)
  assert (s * (ONE * cut ^ (k + l)) <= pv p * ONE * DONE ^ (k + l)) as LOW.
  { transitivity (s * (Z.max (decay_to_ratio_ceil (decay_pow_ceil cut (k + l))) (a_floor (t_auction t)) * DONE ^ (k + l))).
    - apply Z.mul_le_mono_nonneg_l; [lia|]. pose proof (power_pos (k + l) ltac:(lia)). nia.
    - rewrite Z.mul_assoc. apply Z.mul_le_mono_nonneg_r; [|exact GP]. pose proof (power_pos (k + l) ltac:(lia)). lia. }
  assert (0 <= cut ^ l) as CL by (apply Z.pow_nonneg; lia).
  destruct (Z.eq_dec k 0) as [KZ|KN].
  - rewrite KZ, Z.add_0_l in LOW. rewrite !Z.pow_add_r, !Z.pow_1_r by lia.
    assert (Z.min (pv v) s * ONE - s * CURVE_ERROR <= s * ONE) by (unfold CURVE_ERROR; nia).
    assert (cut ^ l * cut * (Z.min (pv v) s * ONE - s * CURVE_ERROR) <= cut ^ l * cut * (s * ONE)) by (apply Z.mul_le_mono_nonneg_l; nia).
    assert (cut ^ l * cut * (s * ONE) <= cut ^ l * DONE * (s * ONE)) by (apply Z.mul_le_mono_nonneg_r; nia). nia.
  - (* The step before: its price is above v. *)
    destruct (BEFORE ((k - 1) * step) ltac:(nia)) as (p1 & E1 & A1).
    destruct (stair_price t cut step ((k - 1) * step) p1 HT EC ltac:(nia) E1) as (_ & SP1 & IP1).
    assert ((k - 1) * step / step = k - 1) as KM by (apply floor_unique; nia). rewrite KM in IP1. set (m := k - 1) in *.
    apply pv_lt in A1; auto.
    assert (pv v * ONE < s * Z.max (decay_to_ratio_ceil (decay_pow_ceil cut m)) (a_floor (t_auction t))) as UPV.
    { destruct (Z_lt_le_dec (pv v * ONE) (s * Z.max (decay_to_ratio_ceil (decay_pow_ceil cut m)) (a_floor (t_auction t)))) as [|F]; auto.
      apply IP1 in F; auto. lia. }
    assert (pv v * ONE >= s * a_floor (t_auction t)) as VF.
    { pose proof (proj1 (IP0 v HV) ltac:(lia)). nia. }
    assert (pv v * ONE < s * decay_to_ratio_ceil (decay_pow_ceil cut m)) as UPM by nia.
    pose proof (power_part cut m HC ltac:(unfold m; lia)) as [_ PM]. pose proof (power_pos m ltac:(unfold m; lia)) as DM.
    assert ((pv v * ONE - s * CURVE_ERROR) * DONE ^ m <= s * (ONE * cut ^ m)) as HI.
    { assert (pv v * ONE * DONE ^ m <= s * decay_to_ratio_ceil (decay_pow_ceil cut m) * DONE ^ m) by (apply Z.mul_le_mono_nonneg_r; lia).
      assert (s * (decay_to_ratio_ceil (decay_pow_ceil cut m) * DONE ^ m) <= s * (ONE * cut ^ m + CURVE_ERROR * DONE ^ m)) by (apply Z.mul_le_mono_nonneg_l; lia).
      nia. }
    assert (0 <= cut ^ (l + 1)) as CL1 by (apply Z.pow_nonneg; lia). pose proof (power_pos (l + 1) ltac:(lia)) as DL1.
    replace (k + l) with (m + (l + 1)) in LOW by (unfold m; lia). rewrite !(Z.pow_add_r _ m) in LOW by (unfold m; lia).
    apply Zmult_le_reg_r with (p := DONE ^ m); [lia|].
    assert (cut ^ (l + 1) * ((pv v * ONE - s * CURVE_ERROR) * DONE ^ m) <= cut ^ (l + 1) * (s * (ONE * cut ^ m))) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (cut ^ (l + 1) * ((Z.min (pv v) s * ONE - s * CURVE_ERROR) * DONE ^ m) <= cut ^ (l + 1) * ((pv v * ONE - s * CURVE_ERROR) * DONE ^ m)).
    { apply Z.mul_le_mono_nonneg_l; auto. apply Z.mul_le_mono_nonneg_r; [lia|]. nia. }
    nia.
Qed.

(** T6_exponential. SPEC T6: an exponential asks at every time what stairs of one second ask, so T6_clearing holds of it
    with [c = d] and [step = 1]. *)
Theorem T6_exponential : forall t d e, a_curve (t_auction t) = Exponential d ->
  let a := t_auction t in
  price_after t e = price_after (mkTerms (mkAuction (StairExponential d 1) (a_floor a) (a_tail a) (a_cusp a) (a_dust a)) (t_start t) (t_opened t)) e.
Proof.
  intros t d e E. cbv zeta. unfold price_after. cbn [t_auction a_curve a_floor a_tail a_cusp a_dust t_start]. rewrite E.
  unfold part_ceil, bind. change (1 =? 0) with false. cbv iota. rewrite Z.div_1_r. reflexivity.
Qed.

(** The price on any curve by its part. *)
Lemma curve_price : forall t e p x, terms_sound t -> 0 < x -> part_ceil (a_curve (t_auction t)) e (a_floor (t_auction t)) = Some x ->
  price_after t e = Some (Some p) ->
  sound p /\ forall q, sound q -> (pv p <= pv q <-> pv (t_start t) * x <= pv q * ONE).
Proof.
  intros t e p x (HS & _) HX EX E. unfold price_after in E. destruct (a_tail (t_auction t) <? e); try discriminate.
  rewrite EX in E. unfold bind in E. destruct (x <? a_cusp (t_auction t)); try discriminate.
  destruct (price_scale_ceil (t_start t) x) as [p1|] eqn:P; try discriminate. injection E as <-.
  split; [apply (scale_least (t_start t) x p1 (t_start t) HS ltac:(lia) P HS)|]. intros q Q. apply (scale_least (t_start t) x p1 q HS ltac:(lia) P Q).
Qed.

(** T6_clearing_line. SPEC T6, line: as T6_clearing, with [p >= f s] and [p >= v' - s (latency + 1) / T - s 2^-42], both sides
    times [T 2^48]. *)
Theorem T6_clearing_line : forall t T v e0 latency p0 p,
  terms_sound t -> a_curve (t_auction t) = Linear T -> sound v -> 0 <= latency -> 0 <= e0 ->
  price_after t e0 = Some (Some p0) -> price_leb p0 v = true -> (forall e, 0 <= e < e0 -> above t v e) ->
  price_after t (e0 + latency) = Some (Some p) ->
  let s := pv (t_start t) in
  s * a_floor (t_auction t) <= pv p * ONE /\
  T * (Z.min (pv v) s * ONE - s * CURVE_ERROR) - s * (latency + 1) * ONE <= T * (pv p * ONE).
Proof.
  intros t T v e0 latency p0 p HT EC HV HL He E0 L0 BEFORE EP. cbv zeta. pose proof HT as (HS & HC & HF & _). rewrite EC in HC. simpl in HC.
  pose proof (pv_pos _ HS) as SP. pose proof (pv_pos _ HV) as VP. pose proof ONE_pos as OP. set (s := pv (t_start t)) in *.
  assert (forall e, 0 < Z.max (cdiv (excess T e * ONE) T) (a_floor (t_auction t))) as PX by (intros; lia).
  assert (forall e, 0 <= e -> part_ceil (a_curve (t_auction t)) e (a_floor (t_auction t)) = Some (Z.max (cdiv (excess T e * ONE) T) (a_floor (t_auction t)))) as PE
    by (intros; rewrite EC; apply line_part; lia).
  set (f := a_floor (t_auction t)) in *.
  destruct (curve_price t (e0 + latency) p _ HT (PX (e0 + latency)) (PE (e0 + latency) ltac:(lia)) EP) as (SO & IP).
  destruct (curve_price t e0 p0 _ HT (PX e0) (PE e0 ltac:(lia)) E0) as (SO0 & IP0).
  fold f in IP, IP0. fold s in IP, IP0. pose proof (proj1 (IP p SO) ltac:(lia)) as GP.
  pose proof (cdiv_spec (excess T (e0 + latency) * ONE) T HC) as [_ C1]. set (c1 := cdiv (excess T (e0 + latency) * ONE) T) in *.
  assert (s * f <= s * Z.max c1 f) by (apply Z.mul_le_mono_nonneg_l; lia). split; [lia|].
  assert (s * c1 <= s * Z.max c1 f) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert ((T - e0 - latency) * ONE <= T * c1) as C2.
  { assert ((T - e0 - latency) * ONE <= excess T (e0 + latency) * ONE) by (apply Z.mul_le_mono_nonneg_r; unfold excess; lia). lia. }
  assert (s * ((T - e0 - latency) * ONE) <= s * (T * c1)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (T * (s * c1) <= T * (pv p * ONE)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (s * ((T - e0 - latency) * ONE) <= T * (pv p * ONE)) as LOW by lia.
  assert (0 <= s * ONE) by (apply Z.mul_nonneg_nonneg; lia). assert (0 <= T * s) by (apply Z.mul_nonneg_nonneg; lia).
  unfold CURVE_ERROR. apply pv_le in L0; auto.
  destruct (Z.eq_dec e0 0) as [Z0|N0].
  - assert (T * (Z.min (pv v) s * ONE) <= T * (s * ONE)) by (apply Z.mul_le_mono_nonneg_l; [lia|]; apply Z.mul_le_mono_nonneg_r; lia).
    rewrite Z0 in LOW. lia.
  - destruct (BEFORE (e0 - 1) ltac:(lia)) as (p1 & E1 & A1).
    destruct (curve_price t (e0 - 1) p1 _ HT (PX (e0 - 1)) (PE (e0 - 1) ltac:(lia)) E1) as (SO1 & IP1).
    fold f in IP1. fold s in IP1. set (c0 := cdiv (excess T (e0 - 1) * ONE) T) in *. apply pv_lt in A1; auto.
    pose proof (proj1 (IP0 v HV) L0) as VF.
    assert (s * f <= s * Z.max (cdiv (excess T e0 * ONE) T) f) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (pv v * ONE < s * Z.max c0 f) as UP. { destruct (Z_lt_le_dec (pv v * ONE) (s * Z.max c0 f)) as [|F]; auto. apply IP1 in F; auto. lia. }
    assert (pv v * ONE < s * c0) as U0. { destruct (Z.max_spec c0 f) as [[_ M]|[_ M]]; rewrite M in UP; lia. }
    pose proof (cdiv_spec (excess T (e0 - 1) * ONE) T HC) as [D1 _]. fold c0 in D1.
    assert (0 < pv v * ONE) by (apply Z.mul_pos_pos; lia).
    assert (excess T (e0 - 1) = T - (e0 - 1)) as EX.
    { unfold excess in *. destruct (Z.max_spec 0 (T - (e0 - 1))) as [[A M]|[A M]]; rewrite M in *; auto. exfalso.
      assert (c0 <= 0) by (unfold c0; apply cdiv_le; lia). assert (s * c0 <= s * 0) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
    rewrite EX in D1.
    assert (T * (pv v * ONE) <= T * (s * c0)) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (s * (T * (c0 - 1)) <= s * ((T - (e0 - 1)) * ONE)) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (T * (Z.min (pv v) s * ONE) <= T * (pv v * ONE)) by (apply Z.mul_le_mono_nonneg_l; [lia|]; apply Z.mul_le_mono_nonneg_r; lia).
    lia.
Qed.
