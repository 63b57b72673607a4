(** Valuation of a position and the collateral-ratio check (SPEC D10, D16, D8), as [src/health.rs], [src/exposure.rs] and
    [src/parameters.rs] decide it. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [Parameters]: ratios. *)
Record parameters := mkParameters
  { max_ltv : Z; liquidation_threshold : Z; bonus : Z; margin : Z; auction_buffer : Z }.
(** [Parameters::check] *)
Definition parameters_check (p : parameters) : bool :=
  if liquidation_threshold p <=? max_ltv p then false
  else match (let? b := ratio_mul_ceil (liquidation_threshold p) (bonus p) in
              let? claim := ratio_add b (liquidation_threshold p) in
              ratio_add claim (margin p)) with
       | Some sum => sum <=? ONE
       | None => false
       end.

(** [Collateral] (amount, low side of its price, max LTV, threshold) and [Debt] (amount, high side). *)
Record collateral := mkCollateral { c_amount : Z; c_price : price; c_max_ltv : Z; c_threshold : Z }.
Record debt := mkDebt { d_amount : Z; d_price : price }.
(** [Collateral::new] *)
Definition collateral_new (amount : Z) (b : band) (p : parameters) : option collateral :=
  if (ONE <=? liquidation_threshold p) || (liquidation_threshold p <=? max_ltv p) then None
  else Some (mkCollateral amount (low b) (max_ltv p) (liquidation_threshold p)).
(** [Position] *)
Record position := mkPosition { own : Z; owed : Z; others : list collateral; debts : list debt }.
(** [Valuation] *)
Record valuation := mkValuation { v_collateral : Z; v_weighted : Z; v_debt : Z }.

(** [Position::collateral_value]: plain and weighted value of all collateral. *)
Fixpoint other_values (ratio : collateral -> Z) (l : list collateral) (plain weighted : Z) : option (Z * Z) :=
  match l with
  | [] => Some (plain, weighted)
  | c :: l =>
      let? v := price_value_floor (c_price c) (c_amount c) in
      let? plain := add128 plain v in
      let? w := quantity_mul_floor v (ratio c) in
      let? weighted := add128 weighted w in
      other_values ratio l plain weighted
  end.
Definition collateral_value (p : position) (b : band) (own_ratio : Z) (ratio : collateral -> Z) : option (Z * Z) :=
  let? alone := price_value_floor (low b) (own p) in
  let? w := quantity_mul_floor alone own_ratio in
  other_values ratio (others p) alone w.
(** [Position::debt_value] *)
Fixpoint debt_values (l : list debt) (sum : Z) : option Z :=
  match l with
  | [] => Some sum
  | d :: l => let? v := price_value_ceil (d_price d) (d_amount d) in let? sum := add128 sum v in debt_values l sum
  end.
Definition debt_value (p : position) : option Z := debt_values (debts p) (owed p).
(** [Position::value] *)
Definition value (p : position) (ps : parameters) (b : band) : option valuation :=
  let? vw := collateral_value p b (liquidation_threshold ps) c_threshold in
  let? d := debt_value p in
  Some (mkValuation (fst vw) (snd vw) d).
(** [Valuation::is_healthy], [Position::is_healthy] *)
Definition valuation_is_healthy (v : valuation) : bool := v_debt v <=? v_weighted v.
Definition is_healthy (p : position) (ps : parameters) (b : band) : option bool :=
  let? v := value p ps b in Some (valuation_is_healthy v).
(** [Position::may_borrow] *)
Definition may_borrow (p : position) (ps : parameters) (b : band) (more : Z) : option bool :=
  let? vc := collateral_value p b (max_ltv ps) c_max_ltv in
  let? d := debt_value p in
  let? sum := add128 d more in
  Some (sum <=? snd vc).
(** [Valuation::health_factor_floor] ([None] inside: no debt), [Valuation::ltv_ceil] *)
Definition health_factor_floor (v : valuation) : option (option Z) :=
  if v_debt v =? 0 then Some None else let? h := ratio_of_floor (v_weighted v) (v_debt v) in Some (Some h).
Definition ltv_ceil (v : valuation) : option Z :=
  if v_debt v =? 0 then Some 0 else ratio_of_ceil (v_debt v) (v_collateral v).

(** [exposure::trigger_price_ceil] ([None] inside: no price makes it unhealthy). *)
Definition PRICE_MIN : price := mkPrice (-128) TOP.
Definition PRICE_MAX : price := mkPrice 127 (W64 - 1).
Definition trigger_price_ceil (amount d threshold : Z) : option (option price) :=
  if d =? 0 then Some None
  else if (amount =? 0) || (threshold =? 0) then Some (Some PRICE_MAX)
  else let? needed := quantity_div_ceil d threshold in
       Some (Some (match price_from_fraction_ceil needed amount with Some p => p | None => PRICE_MAX end)).
(** [Position::trigger_price_ceil] *)
Definition position_trigger_price_ceil (p : position) (ps : parameters) : option (option price) :=
  let? vw := collateral_value p (mkBand PRICE_MIN PRICE_MIN) 0 c_threshold in
  let? d := debt_value p in
  trigger_price_ceil (own p) (excess d (snd vw)) (liquidation_threshold ps).

(** The example of [Position::value]: 5 atoms at 3 count 15, of which three quarters are 11. *)
Example ex_value :
  (let? p3 := price_from_decimal_floor 3 0 in
   let? p4 := price_from_decimal_floor 4 0 in
   let? t := ratio_of_floor 7500 10000 in
   let? v := value (mkPosition 5 11 [] []) (mkParameters 0 t 0 0 0) (mkBand p3 p4) in
   Some (v_collateral v, v_weighted v, valuation_is_healthy v)) = Some (15, 11, true).
Proof. reflexivity. Qed.
(** The example of [trigger_price_ceil]: 10 atoms against 15 at three quarters trigger at 2. *)
Example ex_trigger :
  (let? t := ratio_of_floor 3 4 in trigger_price_ceil 10 15 t) =
  (let? p := price_from_decimal_floor 2 0 in Some (Some p)).
Proof. reflexivity. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs *)

(** D10_own. The weighted value of one collateral as computed: with [C] atoms at the price [num/den], [v = floor(C p)] and
    [w = floor(v t)], in steps of 2^-48 for [t]. *)
Definition weighted_value (C num den t : Z) : Z := (C * num / den) * t / ONE.

(** D10_check. SPEC D10, T7: the check [W >= d], two floors one after the other, is a cross-multiplied comparison of
    integers: [floor(floor(C p) t) >= d] iff [d 2^48 <= floor(C p) t]. Nothing is divided. *)
Theorem D10_check : forall C num den t d, 0 < den ->
  (d <= weighted_value C num den t <-> d * ONE <= (C * num / den) * t).
Proof. intros. unfold weighted_value. rewrite le_floor by apply ONE_pos. split; intros; lia. Qed.

(** D16_trigger. SPEC D16: with [d > 0], [t > 0], [m = ceil(d / t)]: a position of [C] atoms is unhealthy at the price
    [num/den] exactly if [C num < m den], that is if the price is below [m / C]. The floors of D10 are in it. *)
Theorem D16_trigger : forall C num den t d, 0 < den -> 0 < t ->
  (weighted_value C num den t < d <-> C * num < cdiv (d * ONE) t * den).
Proof.
  intros C num den t d Hd Ht. unfold weighted_value. rewrite floor_lt by apply ONE_pos.
  transitivity (C * num / den < cdiv (d * ONE) t).
  - rewrite lt_cdiv by lia. split; intros; lia.
  - rewrite floor_lt by lia. split; intros; lia.
Qed.

(** D10_healthy. SPEC D10: for a position in the market's own two assets the Rust decision is [W >= d] with the floors as
    above; it fails only if a value does not fit 128 bits. *)
Theorem D10_healthy : forall C d ps b r, 0 <= C -> 0 <= d -> 0 <= liquidation_threshold ps ->
  is_healthy (mkPosition C d [] []) ps b = Some r ->
  let num := sig (low b) * up (expo (low b) - 63) in let den := up (63 - expo (low b)) in
  (r = true <-> d * ONE <= (C * num / den) * liquidation_threshold ps).
Proof.
  intros C d ps b r HC Hd HT E. cbv zeta. unfold is_healthy, value, collateral_value, debt_value, bind in E. cbn [own owed others debts other_values debt_values fst snd] in E.
  destruct (price_value_floor (low b) C) as [v|] eqn:V; try discriminate.
  destruct (quantity_mul_floor v (liquidation_threshold ps)) as [w|] eqn:W; try discriminate.
  injection E as <-. unfold valuation_is_healthy. cbn [v_debt v_weighted]. rewrite Z.leb_le.
  unfold price_value_floor, fit128, scaled_floor in V. apply fit_some in V. destruct V as [-> _].
  unfold quantity_mul_floor, mul_shr_floor, fit128 in W. apply fit_some in W. destruct W as [-> _].
  replace (- (expo (low b) - 63)) with (63 - expo (low b)) by lia. rewrite Z.mul_1_l.
  replace (C * (sig (low b) * up (expo (low b) - 63))) with (C * sig (low b) * up (expo (low b) - 63)) by ring.
  change (2 ^ 48) with ONE. rewrite le_floor by apply ONE_pos. split; intros; lia.
Qed.

(** D10_monotone. SPEC D10: a position that is healthy stays so with more collateral, a higher threshold, or less debt. *)
Theorem D10_monotone : forall C num den t d C' num' t' d', 0 < den -> 0 <= C <= C' -> 0 <= num <= num' -> 0 <= t <= t' -> d' <= d ->
  d <= weighted_value C num den t -> d' <= weighted_value C' num' den t'.
Proof.
  intros C num den t d C' num' t' d' Hden HC Hn Ht Hd H. unfold weighted_value in *.
  assert (C * num / den <= C' * num' / den) by (apply floor_mono; auto; nia).
  assert (0 <= C * num / den) by (apply floor_nonneg; nia).
  assert ((C * num / den) * t / ONE <= (C' * num' / den) * t' / ONE) by (apply floor_mono; [apply ONE_pos|]; nia). lia.
Qed.

(** T7_liquidatable. SPEC T7 (i) as the code decides it, with its floors: the set made liquidatable by a lower threshold is
    that of the price below the trigger [ceil(d/t)/C]; lowering [t] to [t'] raises the trigger, so it makes no position
    healthy, and exactly those with [C num < ceil(d/t') den] and not [C num < ceil(d/t) den] become liquidatable. *)
Theorem T7_liquidatable : forall C num den t t' d, 0 < den -> 0 < t' <= t -> 0 <= d -> 0 <= C -> 0 <= num ->
  (weighted_value C num den t < d -> weighted_value C num den t' < d) /\
  (weighted_value C num den t' < d /\ ~ weighted_value C num den t < d <->
   cdiv (d * ONE) t * den <= C * num < cdiv (d * ONE) t' * den).
Proof.
  intros C num den t t' d Hden Ht Hd HC Hn. split.
  - rewrite !D16_trigger by lia. intros. assert (cdiv (d * ONE) t <= cdiv (d * ONE) t'); [|nia].
    pose proof ONE_pos. apply cdiv_le; [lia|]. pose proof (cdiv_spec (d * ONE) t' ltac:(lia)).
    pose proof (cdiv_nonneg (d * ONE) t' ltac:(nia) ltac:(lia)). nia.
  - rewrite !D16_trigger by lia. lia.
Qed.

(** I4_check. SPEC I4, D8: what [Parameters::check] accepts satisfies [max_ltv < threshold] and
    [threshold (1 + bonus) + margin <= 1] in exact values. *)
Theorem I4_check : forall p, 0 <= max_ltv p -> 0 <= bonus p -> 0 <= margin p -> parameters_check p = true ->
  max_ltv p < liquidation_threshold p /\
  liquidation_threshold p * (ONE + bonus p) + margin p * ONE <= ONE * ONE.
Proof.
  intros p HL HB HM. unfold parameters_check, ratio_mul_ceil, ratio_add, fit64, bind.
  destruct (Z.leb_spec (liquidation_threshold p) (max_ltv p)); [discriminate|].
  pose proof (cdiv_spec (liquidation_threshold p * bonus p) ONE ONE_pos). pose proof ONE_pos.
  set (b := cdiv (liquidation_threshold p * bonus p) ONE) in *. clearbody b.
  destruct (b <? W64); [|discriminate]. destruct (_ <? W64); [|discriminate]. destruct (_ <? W64); [|discriminate].
  rewrite Z.leb_le. intros. split; [lia|]. nia.
Qed.
