(** The price of throttling and the effect of a sale on a position (SPEC D20, T8, T10), as [src/clearing.rs] and
    [src/plan.rs] decide them. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [clearing::bad_debt_ceil]: collateral, debt. *)
Fixpoint bad_debt_ceil (positions : list (Z * Z)) (p : price) (fall : Z) : option Z :=
  match positions with
  | [] => if ONE <? fall then None else Some 0
  | (collateral, debt) :: positions =>
      let? left := ratio_sub ONE fall in
      let? worth := price_value_floor p collateral in
      let? kept := quantity_mul_floor worth left in
      let? rest := bad_debt_ceil positions p fall in
      add128 (excess debt kept) rest
  end.
(** [clearing::safe_ltv_floor] *)
Definition safe_ltv_floor (fall bonus : Z) : option Z :=
  let? left := ratio_sub ONE fall in
  let? one := ratio_add ONE bonus in
  ratio_div_floor left one.
(** [clearing::log_impact_floor]: [2 I / (2 + I)] *)
Definition log_impact_floor (i : Z) : option Z := ratio_of_floor (2 * i) (i + 2 * ONE).

(** [Throttle] and the pace: level, reserved, cap, leak a second; round, piece. *)
Record throttle := mkThrottle { level : Z; reserved : Z; cap : Z; leak : Z }.
Inductive clearing := Takes (seconds : Z) | Never.
(** [Throttle::clearing_floor]; a time of 2^64 seconds or more counts as 2^64 - 1. *)
Definition clearing_floor (t : throttle) (charge : Z) : clearing :=
  if charge <=? reserved t then Takes 0
  else let missing := excess (level t + charge) (cap t) in
       if (cap t =? 0) || ((0 <? missing) && (leak t =? 0)) then Never
       else Takes (Z.min (W64 - 1) (cdiv missing (Z.max 1 (leak t)))).
(** [Throttle::gain]: [c = cap - piece] and [min(c, 2 r w)]. *)
Definition usable (t : throttle) (piece : Z) : Z := excess (cap t) piece.
Definition gain (t : throttle) (round piece : Z) : Z :=
  Z.min (2 * rate_over_at_most (leak t) round (usable t piece)) (usable t piece).
(** [Throttle::clearing_ceil] *)
Definition clearing_ceil (t : throttle) (round piece charge : Z) : clearing :=
  let missing := excess (level t + charge) (usable t piece) in
  let lead := if reserved t =? 0 then 0 else 1 in
  let takes rounds := let s := round * (rounds + lead) in if s <? W64 then Takes s else Never in
  if charge =? 0 then takes 1
  else if usable t piece =? 0 then Never
  else if missing =? 0 then takes 1
  else if gain t round piece =? 0 then Never
  else takes (2 * (cdiv missing (gain t round piece) + 1)).
(** [Throttle::largest_charge_floor]; [slack], [round] in seconds. *)
Definition largest_charge_floor (t : throttle) (round piece slack : Z) : option Z :=
  let lead := if reserved t =? 0 then 0 else 1 in
  if round =? 0 then None
  else let rounds := slack / round - lead in
       if rounds <=? 0 then None
       else Some (Z.min RATIO_MAX (excess (usable t piece + gain t round piece * excess (rounds / 2) 1) (level t))).

(** The examples of the documentation. *)
Example ex_bad_debt :
  (let? p := price_from_decimal_floor 100 0 in bad_debt_ceil [(10, 600); (10, 400)] p (ONE / 2)) = Some 100.
Proof. reflexivity. Qed.
Example ex_safe : (let? f := ratio_of_floor 1 4 in let? b := ratio_of_floor 1 2 in safe_ltv_floor f b) = Some (ONE / 2).
Proof. reflexivity. Qed.
Example ex_reserved : clearing_floor (mkThrottle 0 (80 * 2 ^ 34) (50 * 2 ^ 34) (2 ^ 34)) (80 * 2 ^ 34) = Takes 0.
Proof. reflexivity. Qed.
Example ex_clearing : clearing_floor (mkThrottle 0 0 (50 * 2 ^ 34) (2 ^ 34)) (80 * 2 ^ 34) = Takes 30.
Proof. reflexivity. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Bad debt and loan-to-value *)

(** What all positions lack in exact values when collateral is worth [num/den] each atom: their bad debt, times [den]. *)
Fixpoint lacking (positions : list (Z * Z)) (num den : Z) : Z :=
  match positions with
  | [] => 0
  | (collateral, debt) :: positions => Z.max 0 (debt * den - collateral * num) + lacking positions num den
  end.

(** T8_bad_debt. SPEC T8 (i): let the price never be below [P(0) (1 - fall)] (T-A as a relative fall). Whatever the price
    [num'/den'] at or above that at which positions are sold or valued, what their collateral does not cover is at most what
    [bad_debt_ceil] returns. *)
Theorem T8_bad_debt : forall positions p fall num den bound,
  normal p -> 0 <= fall -> 0 < den ->
  Forall (fun x => 0 <= fst x /\ 0 <= snd x) positions ->
  (* num/den >= P (1 - fall) *)
  sig p * up (expo p - 63) * (ONE - fall) * den <= num * (up (63 - expo p) * ONE) ->
  bad_debt_ceil positions p fall = Some bound ->
  lacking positions num den <= bound * den.
Proof.
  intros positions p fall num den bound HN HF HD HP HL. revert bound.
  induction HP as [|[c d] positions [Hc Hd] HP IH]; intros bound E; cbn [lacking bad_debt_ceil fst snd] in *.
  - destruct (ONE <? fall); [discriminate|]. assert (bound = 0) by congruence. lia.
  - unfold bind, ratio_sub in E. destruct (Z.ltb_spec ONE fall); try discriminate.
    destruct (price_value_floor p c) as [w|] eqn:W; try discriminate.
    destruct (quantity_mul_floor w (ONE - fall)) as [k|] eqn:K; try discriminate.
    destruct (bad_debt_ceil positions p fall) as [rest|] eqn:R; try discriminate.
    unfold add128, fit128 in E. apply fit_some in E. destruct E as [-> _]. specialize (IH rest eq_refl).
    pose proof (proj1 (K_price_value p c w) W) as V. cbv zeta in V.
    pose proof (up_pos (63 - expo p)) as UP. pose proof (up_pos (expo p - 63)) as UQ. pose proof ONE_pos as OP.
    assert (0 <= w) as W0.
    { unfold price_value_floor, fit128, scaled_floor in W. apply fit_some in W. destruct W as [-> _].
      destruct HN. assert (0 < TOP) by reflexivity. apply floor_nonneg; [|pose proof (up_pos (- (expo p - 63))); lia].
      apply Z.mul_nonneg_nonneg; [|lia]. apply Z.mul_nonneg_nonneg; lia. }
    unfold quantity_mul_floor, mul_shr_floor, fit128 in K. apply fit_some in K. destruct K as [KE _]. change (2 ^ 48) with ONE in KE.
    pose proof (floor_spec (w * (ONE - fall)) ONE OP) as F. rewrite <- KE in F.
    (* k den <= c num : k ONE <= w (ONE - fall), w up <= c sig up', c * HL *)
    assert (k * den <= c * num) as M.
    { set (u := up (63 - expo p)) in *. set (v := sig p * up (expo p - 63)) in *.
      assert (w * u <= c * v) by (unfold v; lia).
      assert (ONE * k * (u * den) <= w * (ONE - fall) * (u * den)) by (apply Z.mul_le_mono_nonneg_r; [nia|lia]).
      assert (w * u * ((ONE - fall) * den) <= c * v * ((ONE - fall) * den)) by (apply Z.mul_le_mono_nonneg_r; [nia|lia]).
      assert (c * (v * (ONE - fall) * den) <= c * (num * (u * ONE))) by (apply Z.mul_le_mono_nonneg_l; [lia|exact HL]).
      apply Zmult_le_reg_r with (p := u * ONE); [apply Z.lt_gt; apply Z.mul_pos_pos; lia|]. lia. }
    unfold excess. destruct (Z.max_spec 0 (d - k)) as [[A B]|[A B]]; rewrite B; nia.
Qed.

(** T8_ltv. SPEC T8 (ii): a loan [d] opened on collateral worth [V] at [d/V (1 + bonus) <= 1 - fall], for which
    [d/V <= safe_ltv_floor] suffices, is covered with the bonus after a fall of [fall]: [d (1 + bonus) <= V (1 - fall)]. And
    the returned ratio is the largest on the scale. *)
Theorem T8_ltv : forall fall bonus x, 0 <= fall -> 0 <= bonus -> safe_ltv_floor fall bonus = Some x ->
  x * (ONE + bonus) <= (ONE - fall) * ONE < (x + 1) * (ONE + bonus) /\
  (forall d V, 0 <= V -> d * ONE <= x * V -> d * (ONE + bonus) <= V * (ONE - fall)).
Proof.
  intros fall bonus x HF HB E. unfold safe_ltv_floor, ratio_sub, ratio_add, fit64, bind in E.
  destruct (Z.ltb_spec ONE fall); try discriminate. destruct (Z.ltb_spec (ONE + bonus) W64); try discriminate.
  pose proof ONE_pos. apply ratio_of_floor_spec in E; try lia. destruct E as (_ & E & _). split; auto.
  intros d V HV H2.
  assert (d * ONE * (ONE + bonus) <= x * V * (ONE + bonus)) by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (V * (x * (ONE + bonus)) <= V * ((ONE - fall) * ONE)) by (apply Z.mul_le_mono_nonneg_l; lia).
  apply Zmult_le_reg_r with (p := ONE); lia.
Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Time to clear *)

(** What charges of [t] seconds sum to, [max(R, cap - L + r t)] and [R] with a cap of zero (T8_charges_at_rest), is made no earlier
    than [clearing_floor] says, if that is below 2^64 - 1 seconds; and never where it says so. *)
Lemma clearing_floor_least : forall t charge seconds, 0 <= level t -> 0 <= reserved t -> 0 <= leak t -> 0 <= cap t -> 0 < charge ->
  0 <= seconds -> charge <= Z.max (reserved t) (cap t - level t + leak t * seconds) -> (cap t = 0 -> charge <= reserved t) ->
  match clearing_floor t charge with
  | Takes s => s <= seconds \/ W64 <= seconds + 1
  | Never => False
  end.
Proof.
  intros t charge seconds HL HRs HR HC Hc Hs H HZ. unfold clearing_floor. destruct (Z.leb_spec charge (reserved t)) as [|NC]; [lia|].
  destruct (Z.eqb_spec (cap t) 0) as [CZ|CZ]; simpl; [specialize (HZ CZ); lia|]. unfold excess.
  destruct (Z.ltb_spec 0 (Z.max 0 (level t + charge - cap t))) as [M|M]; simpl.
  - destruct (Z.eqb_spec (leak t) 0) as [LZ|LZ]; [rewrite LZ in H; lia|].
    left. rewrite (Z.max_r 1) by lia. assert (cdiv (Z.max 0 (level t + charge - cap t)) (leak t) <= seconds); [|lia].
    apply cdiv_le; lia.
  - left. assert (cdiv (Z.max 0 (level t + charge - cap t)) (Z.max 1 (leak t)) <= 0) by (apply cdiv_le; lia). lia.
Qed.

(** T8_inverse. SPEC T8 (v), D20: [largest_charge_floor(slack)] is the inverse of [clearing_ceil]: a charge [a > 0] at most
    it is cleared within the slack by the formula; and a larger one is not, where the result is not limited by the type. *)
Theorem T8_inverse : forall t round piece slack q a, 0 <= level t -> 0 <= cap t -> 0 <= leak t -> 0 < round -> 0 <= slack < W64 -> 0 < a ->
  0 < usable t piece -> 0 < gain t round piece ->
  largest_charge_floor t round piece slack = Some q -> q < RATIO_MAX ->
  (a <= q <-> exists s, clearing_ceil t round piece a = Takes s /\ s <= slack).
Proof.
  intros t round piece slack q a HL HC HR Hw Hs Ha HU HG E HQ. unfold largest_charge_floor in E.
  destruct (Z.eqb_spec round 0) as [|NR]; try lia. set (lead := if reserved t =? 0 then 0 else 1) in *.
  assert (0 <= lead <= 1) as HLd by (unfold lead; destruct (reserved t =? 0); lia).
  destruct (Z.leb_spec (slack / round - lead) 0); try discriminate.
  unfold clearing_ceil. fold lead. destruct (Z.eqb_spec a 0); try lia. destruct (Z.eqb_spec (usable t piece) 0); try lia.
  destruct (Z.eqb_spec (gain t round piece) 0); try lia. unfold excess in *.
  set (u := usable t piece) in *. set (g := gain t round piece) in *. clearbody u g lead.
  set (nr := slack / round - lead) in *. pose proof (floor_spec slack round Hw) as FS.
  assert (nr = slack / round - lead) as EN by reflexivity. clearbody nr.
  assert (q = Z.max 0 (u + g * Z.max 0 (nr / 2 - 1) - level t)) as EQ by (injection E as E; lia). clear E.
  pose proof (floor_spec nr 2 ltac:(lia)) as FN. set (h := nr / 2) in *. clearbody h.
  assert (forall rounds, (exists s, (if round * (rounds + lead) <? W64 then Takes (round * (rounds + lead)) else Never) = Takes s /\ s <= slack) <-> rounds <= nr) as ROUNDS.
  { intros rounds. assert (round * (rounds + lead) <= slack <-> rounds <= nr) as RN.
    { rewrite <- (le_floor slack round) by lia. lia. }
    split.
    - intros (s & F & L). destruct (Z.ltb_spec (round * (rounds + lead)) W64); try discriminate. injection F as <-. apply RN; auto.
    - intros L. apply RN in L. exists (round * (rounds + lead)). destruct (Z.ltb_spec (round * (rounds + lead)) W64); [auto|lia]. }
  destruct (Z.eqb_spec (Z.max 0 (level t + a - u)) 0) as [M|M].
  - rewrite ROUNDS. split; intros; [lia|]. assert (0 <= g * Z.max 0 (h - 1)) by nia. lia.
  - rewrite Z.max_r by lia. rewrite ROUNDS.
    assert (2 * (cdiv (level t + a - u) g + 1) <= nr <-> cdiv (level t + a - u) g <= h - 1) as -> by lia.
    pose proof (cdiv_spec (level t + a - u) g ltac:(lia)) as CS.
    rewrite cdiv_le by lia. split; intros H0.
    + destruct (Z.max_spec 0 (h - 1)) as [[X Y]|[X Y]]; rewrite Y in EQ; lia.
    + assert (0 <= h - 1) by nia. rewrite (Z.max_r 0 (h - 1)) in EQ by lia. lia.
Qed.

(** T8_log_impact. SPEC T8 (iii): [2 I / (2 + I)] is below [ln(1 + I)]. Without a logarithm: for [x] that number exactly,
    [(1 + x/2) = (1 - x/2) (1 + I)], and [1 + x/2 over 1 - x/2] is the exponential's lower partner; as computed it is
    rounded down: [q (2 + I) <= 2 I]. What stays on paper is [ln((2 + x)/(2 - x)) >= x]. *)
Theorem T8_log_impact : forall i q, 0 <= i -> log_impact_floor i = Some q ->
  q * (i + 2 * ONE) <= 2 * i * ONE /\ 0 <= q < 2 * ONE /\ (2 * ONE + q) * ONE <= (2 * ONE - q) * (ONE + i).
Proof.
  intros i q Hi E. pose proof ONE_pos. unfold log_impact_floor in E. apply ratio_of_floor_spec in E; try lia.
  destruct E as (_ & E & _). split; [lia|]. assert (0 <= q) by nia. assert (q < 2 * ONE) by nia. split; [lia|]. nia.
Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * No sale worsens a position *)

(** T10_marginal. SPEC T10, marginal form: of a position with debt [d > 0] and collateral worth [V > 0], selling collateral
    worth [v] (with [0 < v < V]) for a repayment of [v / g] (with [v/g < d]; [g = gn/gd]) lowers the loan-to-value ratio,
    strictly, iff [d g < V], and does not raise it iff [d g <= V]; it raises it iff [d g > V]. Products in exact values. *)
Theorem T10_marginal : forall d V v gn gd, 0 < d -> 0 < v < V -> 0 < gd -> 0 < gn ->
  (* (d - v/g)/(V - v) < d/V  iff  d g < V, both sides multiplied with positive numbers *)
  ((d * gn - v * gd) * V < d * gn * (V - v) <-> d * gn < V * gd) /\
  ((d * gn - v * gd) * V <= d * gn * (V - v) <-> d * gn <= V * gd).
Proof. intros. split; split; intros; nia. Qed.

(** T10_health. SPEC T10: the same of the health factor [W/d], threshold [t = tn/td]: the sale takes [t v] from [W]; the
    health factor does not fall iff [d t g <= W]. *)
Theorem T10_health : forall d W v gn gd tn td, 0 < d -> 0 < v -> 0 < gd -> 0 < gn -> 0 < td -> 0 <= tn ->
  (* (W - t v)/(d - v/g) >= W/d *)
  ((W * td - tn * v) * (d * gn) >= W * td * (d * gn - v * gd) <-> d * tn * gn <= W * td * gd).
Proof. intros. split; intros; nia. Qed.

(** T10_plan. SPEC T10: a sale of worth [v] for a repayment [r < d] with [r g >= v], where [d g <= V] and [d t g <= W] hold
    exactly, neither raises the loan-to-value ratio nor lowers the health factor; and so does every part of it that repays
    its part rounded up. With [r = d] no debt is left. *)
Theorem T10_plan : forall d V W v r g t, 0 < d -> 0 <= v -> 0 <= r -> 0 < g -> 0 <= t ->
  d * g <= V * ONE -> d * t * g <= W * ONE * ONE -> v * ONE <= r * g ->
  (d - r) * V <= d * (V - v) /\ (W * ONE - t * v) * d >= W * ONE * (d - r).
Proof.
  intros d V W v r g t Hd Hv Hr Hg Ht HV HW HR. pose proof ONE_pos as OP. set (o := ONE) in *. clearbody o.
  assert (r * (d * g) <= r * (V * o)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (d * (v * o) <= d * (r * g)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (d * v <= r * V) as A by (apply Zmult_le_reg_r with (p := o); lia).
  split; [lia|].
  assert (r * (d * t * g) <= r * (W * o * o)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (d * t * (v * o) <= d * t * (r * g)) by (apply Z.mul_le_mono_nonneg_l; [apply Z.mul_nonneg_nonneg; lia|lia]).
  assert (d * t * v <= r * W * o) as B by (apply Zmult_le_reg_r with (p := o); lia). lia.
Qed.

(** T10_improve. SPEC D11, T10: what the plan checks, [ceil(d g) <= V] and [ceil(d t g) <= W] with [t g] rounded up to the
    ratio scale, is [d g <= V] and implies [d t g <= W] in exact values, because [V] and [W] are integers. *)
Theorem T10_improve : forall d V W g t tg a b, 0 <= d -> 0 <= g -> 0 <= t ->
  quantity_mul_ceil d g = Some a -> ratio_mul_ceil t g = Some tg -> quantity_mul_ceil d tg = Some b ->
  (a <= V <-> d * g <= V * ONE) /\ (b <= W -> d * t * g <= W * ONE * ONE).
Proof.
  intros d V W g t tg a b Hd Hg Ht EA ET EB. pose proof ONE_pos.
  unfold quantity_mul_ceil, mul_shr_ceil, fit128, ratio_mul_ceil, fit64 in *. apply fit_some in EA, ET, EB. destruct EA as [-> _], ET as [-> _], EB as [-> _].
  change (2 ^ 48) with ONE. split.
  - rewrite cdiv_le by lia. lia.
  - rewrite cdiv_le by lia. intros HB. pose proof (cdiv_spec (t * g) ONE ltac:(lia)) as [_ C].
    set (x := cdiv (t * g) ONE) in *. clearbody x.
    assert (d * (t * g) <= d * (ONE * x)) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (d * x * ONE <= ONE * W * ONE) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
Qed.

(** T10_limited. SPEC D11, T10: where the full bonus would worsen the position it is the largest of [V/d] and [W/(d t)], over
    [1 + i], less one, each quotient rounded down; then [d g <= V] and [d t g <= W] hold exactly for the [g] rounded up, of
    that bonus and of every smaller one. *)
Theorem T10_limited : forall d V W t moved by_value health by_health most bonus g, 0 < d -> 0 <= V -> 0 <= W -> 0 < t -> 0 < moved ->
  0 <= bonus ->
  ratio_of_floor V d = Some by_value -> ratio_of_floor W d = Some health -> ratio_div_floor health t = Some by_health ->
  ratio_div_floor (Z.min by_value by_health) moved = Some most -> ONE + bonus <= most -> ratio_mul_ceil (ONE + bonus) moved = Some g ->
  d * g <= V * ONE /\ d * t * g <= W * ONE * ONE.
Proof.
  intros d V W t moved by_value health by_health most bonus g Hd HV HW Ht Hm Hb E1 E2 E3 E4 L E5. pose proof ONE_pos as OP.
  apply ratio_of_floor_spec in E1; try lia. destruct E1 as (_ & [A1 A2] & _). assert (0 <= by_value) by nia.
  apply ratio_of_floor_spec in E2; try lia. destruct E2 as (_ & [B1 B2] & _). assert (0 <= health) by nia.
  unfold ratio_div_floor in E3, E4.
  apply ratio_of_floor_spec in E3; try lia. destruct E3 as (_ & [C1 C2] & _). assert (0 <= by_health) by nia.
  apply ratio_of_floor_spec in E4; try lia. destruct E4 as (_ & [D1 _] & _).
  unfold ratio_mul_ceil, fit64 in E5. apply fit_some in E5. destruct E5 as [-> _]. change (2 ^ 48) with ONE in *.
  assert (cdiv ((ONE + bonus) * moved) ONE <= Z.min by_value by_health) as G.
  { apply cdiv_le; [exact OP|]. assert ((ONE + bonus) * moved <= most * moved) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  set (g := cdiv ((ONE + bonus) * moved) ONE) in *. clearbody g. set (o := ONE) in *. clearbody o. split.
  - assert (d * g <= d * by_value) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
  - assert (t * g <= t * by_health) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (d * (t * g) <= d * (health * o)) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (health * d * o <= W * o * o) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
Qed.

(** T10_part. SPEC T10, D11: a part [q'] of a whole [q] that repays [r' = ceil(R q'/q)], [R] the repayment of the whole
    before the debt limits it with [R g >= v], keeps [r' g >= v'] for its worth [v' = v q'/q]. *)
Theorem T10_part : forall R q q' r' g v, 0 <= R -> 0 < q -> 0 <= q' -> 0 <= g ->
  mul_div_ceil R q' q = Some r' -> v * ONE <= R * g -> v * q' * ONE <= r' * g * q.
Proof.
  intros R q q' r' g v HR Hq Hq' Hg E H. apply K_mul_div_ceil in E; try lia. destruct E as (_ & [_ E] & _).
  assert (R * q' * g <= r' * q * g) by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (v * ONE * q' <= R * g * q') by (apply Z.mul_le_mono_nonneg_r; lia). lia.
Qed.
