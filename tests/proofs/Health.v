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
