(** Configurations one after another on one ledger, and the place on the ramp that a new one is given. Spec: D32, T20.

    Each event comes with the configuration in force. A change moves the ledger to its time under the configuration
    before it, and no other word of it: between an event under one configuration and an event under the next there is
    nothing to model but that [Clock]. *)

From Coq Require Import ZArith Lia List Field.
From Damper Require Import Ledger LedgerSafe Ordered Observed TheoremA.
From Damper Require Kernels Health Ramp.
Import ListNotations.
Local Open Scope Z_scope.

(** [sum r_j n_j]: of each event the rate of its configuration times the time that it takes. *)
Fixpoint leaks (s : run_state) (es : list (params * event)) : Z :=
  match es with
  | [] => 0
  | (d, e) :: es => leak d * (time (led (step d s e)) - time (led s)) + leaks (step d s e) es
  end.

Lemma leaks_run c s es : Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es -> params_ok c -> ledger_ok (led s) ->
  let u := restrained_run s es in
  spent u - spent s - (level (led u) - level (led s)) <= leaks s es <= leak c * (time (led u) - time (led s)).
Proof.
  intros Hes Hc. revert s. induction Hes as [|[d e] es [Hd He] Hes IH]; intros s Hs; [simpl; nia|].
  cbn [fst snd] in Hd, He. destruct Hd as (Hd & _ & Hleak & _).
  change (restrained_run s ((d, e) :: es)) with (restrained_run (step d s e) es).
  pose proof (leak_run d s [e] Hd Hs (Forall_cons _ He (Forall_nil _))) as (L & _ & T). cbv zeta in L, T.
  change (run d s [e]) with (step d s e) in L, T.
  pose proof (IH _ (step_ok d s e Hd Hs He)) as I. cbv zeta in I |- *. cbn [leaks].
  set (v := step d s e) in *. clearbody v. nia.
Qed.

(** T20 (i), the charges. Under configurations whose [B], [r] and [h] are at most those of [c], all charges sum to at most
    [B + floor(h D) + sum r_j n_j], and that sum is at most [r n]. *)
Theorem T20_i_charges : forall c l es, params_ok c -> fresh l ->
  Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es ->
  let s := restrained_run (start l) es in
  spent s <= cap_at c (used s) + leaks (start l) es /\ leaks (start l) es <= leak c * (time (led s) - time l).
Proof.
  intros c l es Hc Hl Hes s.
  pose proof (restrained_inv c l es Hc Hl Hes) as (Hls & Hu & _ & Hlk & _ & Hi & _ & Hcap).
  pose proof (leaks_run c (start l) es Hes Hc (proj1 Hl)) as L. cbv zeta in L. fold s in Hls, Hu, Hlk, Hi, Hcap, L.
  destruct Hl as (_ & Hz & _). simpl in Hlk, Hi, Hcap, L.
  pose proof (cap_at_range c _ Hc Hu) as R. pose proof (params_checked c Hc).
  destruct Hls as (_ & _ & _ & ? & ? & _). destruct Hcap as [[? ?]|]; lia.
Qed.

Section Bound.
  Variable K : ordered_field.
  Add Field K_field_changes : (is_field K).
  Local Open Scope field_scope.
  Variable T : Type.
  Variable before : T -> T -> Prop.
  Variable lnP lnF : T -> K.

  (** T20 (i), the bound: that of T-A with the parameters of [c], and [sum r_j n_j] in the place of [r n]. *)
  Theorem T20_i_bound :
    forall (c : params) (b : band) (now : Z) (es : list (params * event)) (charged : T -> Z) (MDD X eps : K),
    params_ok c -> price_ok (low b) = true -> (0 <= now)%Z ->
    Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es ->
    let first := start (ledger_open b now) in
    let s := restrained_run first es in
    largest_fall K T before lnP MDD -> bounds_falls K T before lnF X ->
    (forall t, (charged t <= spent s)%Z) ->
    (* H1 *) (forall s' u, before s' u -> E K T lnP lnF u - E K T lnP lnF s' <= rat K (kappa c) * rat K (charged u)) ->
    (* H2 *) rat K (used s) <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat K (kappa c) * (rat K (burst c) + rat K (leaks first es) + (1 + 1) * rat K (own_share c) * eps))
           / (1 - rat K (kappa c) * rat K (own_share c)).
  Proof.
    intros c b now es charged MDD X eps Hc Hb Hnow Hes first s HM HX Hch H1 H2.
    destruct (T20_i_charges c _ es Hc (open_fresh b now Hb Hnow) Hes) as [A _]. fold first s in A.
    apply (from_leaked_to_the_bound K T before lnP lnF c (spent s) (used s) (leaks first es) charged); assumption.
  Qed.
End Bound.

(** [ScheduleConfig::carried]: the place of a state at [s] on the ramp from [calm] to [stressed], the threshold in force
    being [a]. *)
Definition carried (calm stressed a s : Z) : Z :=
  if a <=? stressed then s else Z.min s ((calm - a) * Ramp.SONE / (calm - stressed)).

(** T20 (ii). At that place the threshold of the new schedule is at least the one in force: floors and all. *)
Theorem T20_ii_threshold : forall calm stressed a s,
  0 <= stressed <= calm -> calm < Kernels.W64 -> a <= calm -> 0 <= s <= Ramp.SONE ->
  0 <= carried calm stressed a s <= s /\
  exists b, Ramp.falling_floor calm stressed (carried calm stressed a s) = Some b /\ a <= b.
Proof.
  intros calm stressed a s H HW Ha Hs. pose proof Ramp.SONE_pos as P.
  assert (R : 0 <= carried calm stressed a s <= s /\
    (stressed < a -> carried calm stressed a s * (calm - stressed) <= (calm - a) * Ramp.SONE)).
  { unfold carried. destruct (Z.leb_spec a stressed); [lia|].
    pose proof (Z.mul_div_le ((calm - a) * Ramp.SONE) (calm - stressed) ltac:(lia)).
    assert (0 <= (calm - a) * Ramp.SONE / (calm - stressed)) by (apply Z.div_pos; nia).
    set (q := (calm - a) * Ramp.SONE / (calm - stressed)) in *. clearbody q. nia. }
  destruct R as [R R']. split; [exact R|].
  destruct (Ramp.falling_floor_spec calm stressed (carried calm stressed a s) H HW ltac:(lia)) as (b & E & F & G).
  exists b. split; [exact E|].
  destruct (Z_lt_le_dec stressed a) as [L|L]; [|lia]. specialize (R' L).
  set (k := carried calm stressed a s) in *. clearbody k. nia.
Qed.

(** T20 (ii). So nobody becomes liquidatable: who is healthy (D10) at the threshold in force is so at that of the new place,
    at the same price [num/den]. *)
Theorem T20_ii_nobody : forall calm stressed a s b C num den d,
  0 <= stressed <= calm -> calm < Kernels.W64 -> 0 <= a <= calm -> 0 <= s <= Ramp.SONE ->
  Ramp.falling_floor calm stressed (carried calm stressed a s) = Some b ->
  0 < den -> 0 <= C -> 0 <= num ->
  d <= Health.weighted_value C num den a -> d <= Health.weighted_value C num den b.
Proof.
  intros calm stressed a s b C num den d H HW Ha Hs E Hden HC Hn Hd.
  destruct (T20_ii_threshold calm stressed a s H HW ltac:(lia) Hs) as (_ & b' & E' & L).
  rewrite E in E'. injection E' as <-.
  eapply (Health.D10_monotone C num den a d); try exact Hd; lia.
Qed.

(** T20 (ii). From that place on, whatever the volatility: after seconds that count the threshold is at least what the ramp
    leaves of the one that was in force. *)
Theorem T20_ii_later : forall p k a s path, 0 <= Ramp.s_ramp p -> 0 <= Ramp.s_max_step p ->
  let calm := Health.liquidation_threshold (Ramp.s_calm p) in let stressed := Health.liquidation_threshold (Ramp.s_stressed p) in
  0 < stressed <= calm -> calm < Kernels.W64 -> 0 <= a <= calm -> Ramp.speed_floor p = Some k -> 0 <= s <= Ramp.SONE -> Ramp.sound_path path ->
  Ramp.s_ramp p * Ramp.counted (Ramp.s_max_step p) path <= Kernels.ONE ->
  exists a', Ramp.falling_floor calm stressed (Ramp.ramp_path (Ramp.s_max_step p) k (carried calm stressed a s) path) = Some a' /\
    a * (Kernels.ONE - Ramp.s_ramp p * Ramp.counted (Ramp.s_max_step p) path) / Kernels.ONE <= a'.
Proof.
  intros p k a s path HR HM calm stressed HT HW Ha SK HS HP Hn.
  destruct (T20_ii_threshold calm stressed a s ltac:(lia) HW ltac:(lia) HS) as (C & b & E & L).
  destruct (Ramp.T7_ramp p k (carried calm stressed a s) path b HR HM HT HW SK ltac:(lia) HP E) as (a' & E' & L').
  exists a'. split; [exact E'|]. eapply Z.le_trans; [|exact L']. apply Z.div_le_mono; [reflexivity|]. nia.
Qed.
