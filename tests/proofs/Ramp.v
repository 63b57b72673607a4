(** The schedule of parameters and its ramp (SPEC D7, D8, T7), as [src/schedule.rs] computes them. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels Health.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [ScheduleParams] *)
Record schedule_params := mkSchedule
  { s_calm : parameters; s_stressed : parameters; sigma_calm : Z; sigma_stressed : Z; s_ramp : Z; s_max_step : Z }.

(** An [s] of one: steps of 2^-63. *)
Definition SONE : Z := 2 ^ 63.

(** [schedule::speed_floor] *)
Definition speed_floor (p : schedule_params) : option Z :=
  let lowest := liquidation_threshold (s_stressed p) in
  let? range := ratio_sub (liquidation_threshold (s_calm p)) lowest in
  if s_ramp p =? 0 then Some 0
  else if range =? 0 then Some SONE
  else let? speed := mul_div_floor (s_ramp p * lowest) (2 ^ 15) range in
       Some (Z.min speed SONE).
(** [ScheduleConfig::new]: the speed of a sound schedule. *)
Definition schedule_new (p : schedule_params) : option Z :=
  let c := s_calm p in let s := s_stressed p in
  if (liquidation_threshold s =? 0) || negb (parameters_check c) || negb (parameters_check s)
     || (max_ltv c <? max_ltv s) || (liquidation_threshold c <? liquidation_threshold s)
     || (bonus s <? bonus c) || (margin s <? margin c) || (auction_buffer s <? auction_buffer c)
     || (sigma_stressed p <=? sigma_calm p)
  then None else speed_floor p.
(** [ScheduleConfig::target_ceil] *)
Definition target_ceil (p : schedule_params) (sigma : Z) : Z :=
  if sigma <=? sigma_calm p then 0
  else if sigma_stressed p <=? sigma then SONE
  else share_ceil (sigma - sigma_calm p) (sigma_stressed p - sigma_calm p) 63.
(** [ScheduleConfig::toward]: the stress after [elapsed] seconds ([elapsed] not negative). *)
Definition toward (max_step speed target stress elapsed : Z) (frozen : bool) : Z :=
  if frozen then stress
  else
    let budget := Z.min SONE (speed * Z.min elapsed max_step) in
    if stress <? target then Z.min target (stress + budget) else Z.max target (stress - budget).
(** [ScheduleConfig::step]: stress and time after the step. *)
Definition schedule_step (p : schedule_params) (speed : Z) (state : Z * Z) (sigma now : Z) (frozen : bool)
  : option (Z * Z) :=
  let '(stress, at_) := state in
  if now <? at_ then None
  else Some (toward (s_max_step p) speed (target_ceil p sigma) stress (now - at_) frozen, now).
(** [part_floor], [part_ceil], [falling_floor], [rising_floor], [rising_ceil] of [schedule] *)
Definition s_part_floor (whole s : Z) : option Z := fit64 (whole * s / SONE).
Definition s_part_ceil (whole s : Z) : option Z := fit64 (cdiv (whole * s) SONE).
Definition falling_floor (calm stressed s : Z) : option Z :=
  let? d := ratio_sub calm stressed in let? x := s_part_ceil d s in ratio_sub calm x.
Definition rising_floor (calm stressed s : Z) : option Z :=
  let? d := ratio_sub stressed calm in let? x := s_part_floor d s in ratio_add calm x.
Definition rising_ceil (calm stressed s : Z) : option Z :=
  let? d := ratio_sub stressed calm in let? x := s_part_ceil d s in ratio_add calm x.
(** [ScheduleConfig::between]: the parameters at [s], with max LTV at the larger of [s] and the target. *)
Definition between (p : schedule_params) (s target : Z) : option parameters :=
  let c := s_calm p in let d := s_stressed p in
  let tight := Z.max s target in
  if tight =? 0 then Some c
  else if s =? SONE then Some d
  else
    let? ltv := falling_floor (max_ltv c) (max_ltv d) tight in
    let? threshold := falling_floor (liquidation_threshold c) (liquidation_threshold d) s in
    let? margin := rising_ceil (margin c) (margin d) s in
    let? room := ratio_sub ONE margin in
    let? full := rising_floor (bonus c) (bonus d) s in
    let? bonus :=
      match (let? b := ratio_mul_ceil threshold full in ratio_add b threshold) with
      | Some claim => if claim <=? room then Some full
                      else let? free := ratio_sub room threshold in ratio_div_floor free threshold
      | None => let? free := ratio_sub room threshold in ratio_div_floor free threshold
      end in
    let? buffer := rising_ceil (auction_buffer c) (auction_buffer d) s in
    Some (mkParameters ltv threshold bonus margin buffer).
(** [ScheduleConfig::in_force] *)
Definition in_force (p : schedule_params) (stress sigma : Z) : option parameters := between p stress (target_ceil p sigma).

(** The example of [ScheduleConfig::step]. *)
Definition ex_schedule : option (list Z) :=
  let pc n := ratio_of_floor (n * 100) 10000 in
  let? p75 := pc 75 in let? p80 := pc 80 in let? p5 := pc 5 in let? p10 := pc 10 in
  let? p50 := pc 50 in let? p60 := pc 60 in let? p15 := pc 15 in let? p20 := pc 20 in let? p1 := pc 1 in
  let calm := mkParameters p75 p80 p5 p10 p10 in
  let stressed := mkParameters p50 p60 p5 p10 p10 in
  let cfg := mkSchedule calm stressed p5 p15 (p1 / 3600) 3600 in
  let? speed := schedule_new cfg in
  let? first := in_force cfg 0 p20 in
  let? hour := schedule_step cfg speed (0, 0) p20 3600 false in
  let? second := in_force cfg (fst hour) p20 in
  let? frozen := schedule_step cfg speed (0, 0) p20 3600 true in
  Some [if max_ltv first =? p50 then 1 else 0; if liquidation_threshold first =? p80 then 1 else 0;
        liquidation_threshold second * 10000 / ONE; fst frozen].
Example ex_ramp : ex_schedule = Some [1; 1; 7940; 0].
Proof. vm_compute. reflexivity. Qed.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Proofs *)

Lemma SONE_pos : 0 < SONE. Proof. reflexivity. Qed.

(** T7_equivalence. SPEC T7 (i): lowering a threshold from [a] to [a'] at a price [P = pn / pd] makes liquidatable exactly
    the positions (collateral [C], debt [d]) that a price of [P a'/a] makes liquidatable at [a]: [d > a' C P] iff
    [d > a C (P a'/a)]. Ratios in steps of 2^-48, both sides multiplied out. *)
Theorem T7_equivalence : forall d C a a' pn pd, 0 < a -> 0 < pd ->
  (d * ONE * pd > a' * C * pn <-> d * ONE * (pd * a) > a * C * (pn * a')).
Proof. intros. replace (a * C * (pn * a')) with (a' * C * pn * a) by ring. replace (d * ONE * (pd * a)) with (d * ONE * pd * a) by ring. split; intros; nia. Qed.

Lemma falling_floor_spec : forall ca st s, 0 <= st <= ca -> ca < W64 -> 0 <= s <= SONE ->
  exists a, falling_floor ca st s = Some a /\ SONE * a <= SONE * ca - (ca - st) * s < SONE * (a + 1) /\ st <= a <= ca.
Proof.
  intros ca st s H HW Hs. unfold falling_floor, s_part_ceil, ratio_sub, bind. pose proof SONE_pos as P.
  destruct (Z.ltb_spec ca st); try lia.
  pose proof (cdiv_spec ((ca - st) * s) SONE P) as CS. pose proof (cdiv_nonneg ((ca - st) * s) SONE ltac:(nia) P).
  assert (cdiv ((ca - st) * s) SONE <= ca - st) by (apply cdiv_le; nia).
  set (x := cdiv ((ca - st) * s) SONE) in *. clearbody x.
  unfold fit64. destruct (Z.ltb_spec x W64); try lia. destruct (Z.ltb_spec ca x); try lia.
  eexists. split; [reflexivity|]. split; nia.
Qed.

Lemma rising_floor_spec : forall ca st s, 0 <= ca <= st -> st < W64 -> 0 <= s <= SONE ->
  exists a, rising_floor ca st s = Some a /\ SONE * a <= SONE * ca + (st - ca) * s < SONE * (a + 1) /\ ca <= a <= st.
Proof.
  intros ca st s H HW Hs. unfold rising_floor, s_part_floor, ratio_sub, ratio_add, bind. pose proof SONE_pos as P.
  destruct (Z.ltb_spec st ca); try lia.
  pose proof (floor_spec ((st - ca) * s) SONE P) as CS. pose proof (floor_nonneg ((st - ca) * s) SONE ltac:(nia) P).
  assert ((st - ca) * s / SONE < st - ca + 1) by (apply floor_lt; nia).
  set (x := (st - ca) * s / SONE) in *. clearbody x.
  unfold fit64. destruct (Z.ltb_spec x W64); try lia. destruct (Z.ltb_spec (ca + x) W64); try lia.
  eexists. split; [reflexivity|]. split; nia.
Qed.

Lemma rising_ceil_spec : forall ca st s, 0 <= ca <= st -> st < W64 -> 0 <= s <= SONE ->
  exists a, rising_ceil ca st s = Some a /\ SONE * (a - 1) < SONE * ca + (st - ca) * s <= SONE * a /\ ca <= a <= st.
Proof.
  intros ca st s H HW Hs. unfold rising_ceil, s_part_ceil, ratio_sub, ratio_add, bind. pose proof SONE_pos as P.
  destruct (Z.ltb_spec st ca); try lia.
  pose proof (cdiv_spec ((st - ca) * s) SONE P) as CS. pose proof (cdiv_nonneg ((st - ca) * s) SONE ltac:(nia) P).
  assert (cdiv ((st - ca) * s) SONE <= st - ca) by (apply cdiv_le; nia).
  set (x := cdiv ((st - ca) * s) SONE) in *. clearbody x.
  unfold fit64. destruct (Z.ltb_spec x W64); try lia. destruct (Z.ltb_spec (ca + x) W64); try lia.
  eexists. split; [reflexivity|]. split; nia.
Qed.

(** A path of the ramp: target, elapsed seconds, and whether the breaker was up; and the moving seconds that it counts. *)
Fixpoint ramp_path (max_step speed stress : Z) (path : list (Z * Z * bool)) : Z :=
  match path with
  | [] => stress
  | (target, elapsed, frozen) :: path => ramp_path max_step speed (toward max_step speed target stress elapsed frozen) path
  end.
Fixpoint counted (max_step : Z) (path : list (Z * Z * bool)) : Z :=
  match path with
  | [] => 0
  | (_, elapsed, frozen) :: path => (if frozen : bool then 0 else Z.min elapsed max_step) + counted max_step path
  end.
Definition sound_path (path : list (Z * Z * bool)) : Prop :=
  Forall (fun x => let '(target, elapsed, _) := x in 0 <= target <= SONE /\ 0 <= elapsed) path.

Lemma toward_spec : forall m v target s e frozen, 0 <= m -> 0 <= v -> 0 <= target <= SONE -> 0 <= s <= SONE -> 0 <= e ->
  let s' := toward m v target s e frozen in
  0 <= s' <= SONE /\ Z.abs (s' - s) <= v * (if frozen : bool then 0 else Z.min e m) /\ (frozen = true -> s' = s).
Proof.
  intros m v target s e frozen Hm Hv Ht Hs He. cbv zeta. unfold toward. destruct frozen.
  - repeat split; try lia.
  - assert (0 <= v * Z.min e m) by nia. pose proof SONE_pos. destruct (Z.ltb_spec s target); repeat split; try lia; intros; discriminate.
Qed.

Lemma ramp_path_spec : forall path m v s, 0 <= m -> 0 <= v -> 0 <= s <= SONE -> sound_path path ->
  0 <= ramp_path m v s path <= SONE /\ Z.abs (ramp_path m v s path - s) <= v * counted m path.
Proof.
  induction path as [|[[target e] frozen] path]; intros m v s Hm Hv Hs HP; simpl.
  - lia.
  - inversion HP as [|? ? HH HP' E]; subst. destruct HH as [Ht He].
    pose proof (toward_spec m v target s e frozen Hm Hv Ht Hs He) as (A & B & _). cbv zeta in *.
    destruct (IHpath m v (toward m v target s e frozen) Hm Hv A HP') as [C D]. split; auto. nia.
Qed.

Lemma counted_nonneg : forall m path, 0 <= m -> sound_path path -> 0 <= counted m path.
Proof.
  intros m path Hm HP. induction HP as [|[[t e] f] path H]; simpl; [lia|]. destruct H. destruct f; lia.
Qed.

(** T7_frozen. SPEC D7, T7 (v): while the breaker is up the stress, and with it every threshold, stands still, whatever
    time passes; the halted time is not counted. *)
Theorem T7_frozen : forall m v target s e, toward m v target s e true = s /\ counted m [(target, e, true)] = 0.
Proof. intros. split; reflexivity. Qed.

(** T7_speed. SPEC D7: the speed is at most what lets the exact threshold fall by [ramp t_s] a second:
    [k (t_c - t_s) <= ramp t_s]; units as in the code. *)
Theorem T7_speed : forall p k, 0 <= s_ramp p -> 0 < liquidation_threshold (s_stressed p) ->
  speed_floor p = Some k ->
  0 <= k <= SONE /\
  k * (liquidation_threshold (s_calm p) - liquidation_threshold (s_stressed p))
    <= s_ramp p * liquidation_threshold (s_stressed p) * 2 ^ 15.
Proof.
  intros p k HR HL. unfold speed_floor, ratio_sub, bind.
  set (c := liquidation_threshold (s_calm p)). set (l := liquidation_threshold (s_stressed p)) in *. set (r := s_ramp p) in *.
  pose proof SONE_pos. destruct (Z.ltb_spec c l); try discriminate.
  destruct (Z.eqb_spec r 0) as [E|E]; [intros X; assert (k = 0) as -> by congruence; rewrite E; lia|].
  destruct (Z.eqb_spec (c - l) 0) as [F|F]; [intros X; assert (k = SONE) as -> by congruence; rewrite F; split; [lia|]; rewrite Z.mul_0_r; apply Z.mul_nonneg_nonneg; [nia|lia]|].
  destruct (mul_div_floor (r * l) (2 ^ 15) (c - l)) as [q|] eqn:Q; try discriminate. intros X; assert (k = Z.min q SONE) as -> by congruence.
  apply K_mul_div_floor in Q; [|nia|lia|lia]. destruct Q as (_ & Q & _). assert (0 <= q) by nia. split; [lia|]. nia.
Qed.

(** T7_ramp. SPEC D7, T7 (ii): over any path of steps that counts [n] moving seconds in all, however cut, a threshold of [a]
    becomes [a'] with [a' >= floor(a (1 - ramp n))]: the fall of the threshold is at most the ramp's, floored once, not
    once a call. So the ramp releases at most what a price fall of [1 - floor(a (1 - ramp n)) / a] does (T7_equivalence). *)
Theorem T7_ramp : forall p k s path a, 0 <= s_ramp p -> 0 <= s_max_step p ->
  0 < liquidation_threshold (s_stressed p) <= liquidation_threshold (s_calm p) -> liquidation_threshold (s_calm p) < W64 ->
  speed_floor p = Some k -> 0 <= s <= SONE -> sound_path path ->
  falling_floor (liquidation_threshold (s_calm p)) (liquidation_threshold (s_stressed p)) s = Some a ->
  exists a', falling_floor (liquidation_threshold (s_calm p)) (liquidation_threshold (s_stressed p))
               (ramp_path (s_max_step p) k s path) = Some a' /\
             a * (ONE - s_ramp p * counted (s_max_step p) path) / ONE <= a'.
Proof.
  intros p k s path a HR HM HT HW SK HS HP FA.
  destruct (T7_speed p k HR ltac:(lia) SK) as [K0 K1].
  destruct (ramp_path_spec path (s_max_step p) k s HM ltac:(lia) HS HP) as [S1 S2].
  set (s' := ramp_path (s_max_step p) k s path) in *. set (n := counted (s_max_step p) path) in *.
  set (c := liquidation_threshold (s_calm p)) in *. set (l := liquidation_threshold (s_stressed p)) in *. set (r := s_ramp p) in *.
  destruct (falling_floor_spec c l s ltac:(lia) HW HS) as (a0 & E0 & A1 & A2). rewrite FA in E0. injection E0 as <-.
  destruct (falling_floor_spec c l s' ltac:(lia) HW S1) as (a' & E' & B1 & B2). exists a'. split; auto.
  assert (SONE = ONE * 2 ^ 15) as SO by reflexivity. pose proof ONE_pos as OP.
  assert (0 <= n) as N0 by (apply counted_nonneg; auto).
  (* range (s' - s) <= range k n <= ramp l n 2^15 <= ramp a n 2^15 *)
  assert ((c - l) * (s' - s) <= (c - l) * (k * n)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert ((c - l) * (k * n) <= r * l * 2 ^ 15 * n) by (replace ((c - l) * (k * n)) with (k * (c - l) * n) by ring; apply Z.mul_le_mono_nonneg_r; lia).
  assert (r * l * 2 ^ 15 * n <= r * a * 2 ^ 15 * n) by (apply Z.mul_le_mono_nonneg_r; [lia|]; apply Z.mul_le_mono_nonneg_r; [lia|]; apply Z.mul_le_mono_nonneg_l; lia).
  clearbody s' n c l r. rewrite SO in *. set (w := 2 ^ 15) in *. assert (0 < w) as WP by reflexivity. set (o := ONE) in *. clearbody w o.
  assert (a * (o - r * n) / o < a' + 1); [|lia]. apply floor_lt; auto.
  apply Zmult_gt_0_lt_reg_r with (p := w); [lia|]. nia.
Qed.

(** T7_range. SPEC T7 (iv): at any two stresses the thresholds in force differ by at most the factor [t_c / t_s]:
    [a t_s <= t_c a']; so on every path peak over trough is at most that. *)
Theorem T7_range : forall c l s s' a a', 0 < l <= c -> c < W64 -> 0 <= s <= SONE -> 0 <= s' <= SONE ->
  falling_floor c l s = Some a -> falling_floor c l s' = Some a' -> a * l <= c * a'.
Proof.
  intros c l s s' a a' H HW Hs Hs' E E'.
  destruct (falling_floor_spec c l s ltac:(lia) HW Hs) as (x & X & _ & X2). rewrite E in X. injection X as <-.
  destruct (falling_floor_spec c l s' ltac:(lia) HW Hs') as (y & Y & _ & Y2). rewrite E' in Y. injection Y as <-. nia.
Qed.

(** T7_target. SPEC D7: the target is in 0 to one and does not fall when the volatility rises. *)
Theorem T7_target : forall p sigma sigma', 0 <= sigma_calm p < sigma_stressed p -> sigma <= sigma' ->
  0 <= target_ceil p sigma <= SONE /\ target_ceil p sigma <= target_ceil p sigma'.
Proof.
  intros p x y H L. pose proof SONE_pos.
  assert (forall z, sigma_calm p < z < sigma_stressed p ->
            0 <= share_ceil (z - sigma_calm p) (sigma_stressed p - sigma_calm p) 63 <= SONE) as R.
  { intros z Hz. unfold share_ceil. change (2 ^ 63) with SONE. split; [apply cdiv_nonneg; nia | apply cdiv_le; nia]. }
  unfold target_ceil. destruct (Z.leb_spec x (sigma_calm p)), (Z.leb_spec y (sigma_calm p)), (Z.leb_spec (sigma_stressed p) x), (Z.leb_spec (sigma_stressed p) y);
    try lia; try (pose proof (R x ltac:(lia)); try pose proof (R y ltac:(lia)); split; try lia).
  - pose proof (R y ltac:(lia)). lia.
  - unfold share_ceil. apply cdiv_mono; [lia|]. change (2 ^ 63) with SONE. nia.
Qed.

Lemma parameters_check_spec : forall p, 0 <= max_ltv p -> 0 <= bonus p -> 0 <= margin p ->
  (parameters_check p = true <-> max_ltv p < liquidation_threshold p /\
     cdiv (liquidation_threshold p * bonus p) ONE + liquidation_threshold p + margin p <= ONE).
Proof.
  intros p HL HB HM. unfold parameters_check, ratio_mul_ceil, ratio_add, fit64, bind. assert (ONE < W64) by reflexivity.
  destruct (Z.leb_spec (liquidation_threshold p) (max_ltv p)); [split; [discriminate | lia]|].
  pose proof (cdiv_nonneg (liquidation_threshold p * bonus p) ONE ltac:(nia) ONE_pos).
  set (b := cdiv (liquidation_threshold p * bonus p) ONE) in *. clearbody b.
  destruct (Z.ltb_spec b W64); [|split; [discriminate | lia]].
  destruct (Z.ltb_spec (b + liquidation_threshold p) W64); [|split; [discriminate | lia]].
  destruct (Z.ltb_spec (b + liquidation_threshold p + margin p) W64); [|split; [discriminate | lia]].
  rewrite Z.leb_le. lia.
Qed.

(** Both sets of a schedule that [ScheduleConfig::new] accepts. *)
Definition schedule_sound (p : schedule_params) : Prop :=
  let c := s_calm p in let d := s_stressed p in
  0 <= max_ltv d <= max_ltv c /\ 0 < liquidation_threshold d <= liquidation_threshold c /\
  0 <= bonus c <= bonus d /\ bonus d < W64 /\ 0 <= margin c <= margin d /\ 0 <= auction_buffer c <= auction_buffer d /\ auction_buffer d < W64 /\
  parameters_check c = true /\ parameters_check d = true.

(** T7_in_force. SPEC I4, D7: at every stress and every target the parameters in force exist and pass the check
    [max_ltv < threshold], [threshold (1 + bonus) <= 1 - margin]; the threshold is the floor of the interpolation. *)
Theorem T7_in_force : forall p s target, schedule_sound p -> 0 <= s <= SONE -> 0 <= target <= SONE ->
  exists x, between p s target = Some x /\ parameters_check x = true.
Proof.
  intros p s target (HL & HT & HB & HBW & HM & HA & HAW & CC & CD) Hs Ht.
  pose proof CC as CC'. pose proof CD as CD'. apply parameters_check_spec in CC'; try lia. apply parameters_check_spec in CD'; try lia.
  destruct CC' as [C1 C2], CD' as [D1 D2]. pose proof ONE_pos as OP. assert (ONE < W64) as OW by reflexivity. pose proof SONE_pos as SP.
  set (c := s_calm p) in *. set (d := s_stressed p) in *.
  pose proof (cdiv_nonneg (liquidation_threshold c * bonus c) ONE ltac:(nia) OP).
  pose proof (cdiv_nonneg (liquidation_threshold d * bonus d) ONE ltac:(nia) OP).
  unfold between. fold c. fold d. destruct (Z.eqb_spec (Z.max s target) 0); [exists c; auto|].
  destruct (Z.eqb_spec s SONE); [exists d; auto|].
  destruct (falling_floor_spec (max_ltv c) (max_ltv d) (Z.max s target) ltac:(lia) ltac:(lia) ltac:(lia)) as (ltv & -> & L1 & L2).
  destruct (falling_floor_spec (liquidation_threshold c) (liquidation_threshold d) s ltac:(lia) ltac:(lia) ltac:(lia)) as (t & -> & T1 & T2).
  destruct (rising_ceil_spec (margin c) (margin d) s ltac:(lia) ltac:(lia) ltac:(lia)) as (m & -> & M1 & M2).
  destruct (rising_floor_spec (bonus c) (bonus d) s ltac:(lia) ltac:(lia) ltac:(lia)) as (b & EB & B1 & B2).
  destruct (rising_ceil_spec (auction_buffer c) (auction_buffer d) s ltac:(lia) ltac:(lia) ltac:(lia)) as (f & EF & F1 & F2).
  unfold bind. unfold ratio_sub at 1. destruct (Z.ltb_spec ONE m); try lia. rewrite EB, EF.
  assert (t + m <= ONE) as ROOM.
  { assert ((liquidation_threshold c + margin c) * (SONE - s) <= ONE * (SONE - s)) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert ((liquidation_threshold d + margin d) * s <= ONE * s) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert (SONE * (t + m - 1) < SONE * ONE) as F by lia. apply Z.mul_lt_mono_pos_l in F; lia. }
  assert (ltv < t) as LT.
  { assert ((max_ltv c - max_ltv d) * s <= (max_ltv c - max_ltv d) * Z.max s target) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (1 * (SONE - s) <= (liquidation_threshold c - max_ltv c) * (SONE - s)) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert (1 * s <= (liquidation_threshold d - max_ltv d) * s) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert (SONE * ltv < SONE * t) as F by lia. apply Z.mul_lt_mono_pos_l in F; lia. }
  assert (forall bb, 0 <= bb -> cdiv (t * bb) ONE + t <= ONE - m -> parameters_check (mkParameters ltv t bb m f) = true) as OK.
  { intros bb Hb HC. apply parameters_check_spec; simpl; lia. }
  assert (exists free, ratio_sub (ONE - m) t = Some free /\ free = ONE - m - t /\
            (ONE - m < cdiv (t * b) ONE + t -> exists q, ratio_div_floor free t = Some q /\ 0 <= q /\ cdiv (t * q) ONE + t <= ONE - m)) as LESS.
  { unfold ratio_sub. destruct (Z.ltb_spec (ONE - m) t); try lia. eexists. split; [reflexivity|]. split; auto. intros BIG.
    set (free := ONE - m - t) in *. exists (free * ONE / t). pose proof (floor_spec (free * ONE) t ltac:(lia)) as FS.
    pose proof (floor_nonneg (free * ONE) t ltac:(apply Z.mul_nonneg_nonneg; [unfold free; lia | lia]) ltac:(lia)).
    assert (free * ONE / t < b). { apply floor_lt; [lia|]. assert (free < cdiv (t * b) ONE) as Q by (unfold free; lia). apply lt_cdiv in Q; auto. lia. }
    split; [|split]; auto.
    - assert (0 <= free) by (unfold free; lia). apply ratio_of_floor_spec; [lia|lia|]. split; [lia|]. split; [|lia]. lia.
    - assert (cdiv (t * (free * ONE / t)) ONE <= free) by (apply cdiv_le; auto; lia). unfold free in *. lia. }
  destruct LESS as (free & -> & EFR & LESS).
  unfold ratio_mul_ceil, fit64, ratio_add, fit64. pose proof (cdiv_nonneg (t * b) ONE ltac:(apply Z.mul_nonneg_nonneg; lia) OP).
  destruct (Z.ltb_spec (cdiv (t * b) ONE) W64) as [W1|W1]; [destruct (Z.ltb_spec (cdiv (t * b) ONE + t) W64) as [W2|W2]|].
  - destruct (Z.leb_spec (cdiv (t * b) ONE + t) (ONE - m)).
    + eexists. split; [reflexivity|]. apply OK; lia.
    + destruct LESS as (q & -> & Q0 & Q1); try lia. eexists. split; [reflexivity|]. apply OK; auto.
  - destruct LESS as (q & -> & Q0 & Q1); try lia. eexists. split; [reflexivity|]. apply OK; auto.
  - destruct LESS as (q & -> & Q0 & Q1); try lia. eexists. split; [reflexivity|]. apply OK; auto.
Qed.
