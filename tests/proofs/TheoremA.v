(** Theorem A, the amplification bound, for the executable ledger. Spec: T-A, A2, A3, A4.

    [K] is any ordered field and [log] any function with the one inequality of Ordered.v; both are premises. [T] is the
    set of moments up to [n], [before] their order. [lnP] and [lnF] are the log-price with and without own sales, any
    functions. *)

From Coq Require Import ZArith Lia List Field.
From Damper Require Import Ledger LedgerSafe Ordered Observed.
Import ListNotations.
Local Open Scope Z_scope.

Section TheoremA.
  Variable K : ordered_field.
  Add Field K_field : (is_field K).
  Notation of_Z := (of_Z K).
  Local Open Scope field_scope.

  (** The number that a ratio of the crate stands for. *)
  Definition rat (z : Z) : K := of_Z z / of_Z ONE.

  Lemma ONE_positive : 0 < of_Z ONE. Proof. apply of_Z_pos. exact ONE_pos. Qed.
  Lemma ONE_nonzero : of_Z ONE <> 0.
  Proof. intros E. destruct ONE_positive as [_ N]. apply N. now symmetry. Qed.

  Lemma rat_le (a b : Z) : (a <= b)%Z -> rat a <= rat b.
  Proof.
    intros H. unfold rat. apply le_div; [exact ONE_positive|].
    replace (of_Z a / of_Z ONE * of_Z ONE) with (of_Z a) by (field; exact ONE_nonzero). now apply of_Z_le.
  Qed.
  Lemma rat_0 : rat 0 = 0. Proof. unfold rat. rewrite of_Z_0. field. exact ONE_nonzero. Qed.
  Lemma rat_nonneg (a : Z) : (0 <= a)%Z -> 0 <= rat a.
  Proof. intros H. rewrite <- rat_0. now apply rat_le. Qed.
  Lemma rat_plus (a b : Z) : rat (a + b)%Z = rat a + rat b.
  Proof. unfold rat. rewrite of_Z_plus. field. exact ONE_nonzero. Qed.
  Lemma rat_scale (a b : Z) : rat (a * b)%Z = rat a * of_Z b.
  Proof. unfold rat. rewrite of_Z_times. field. exact ONE_nonzero. Qed.

  (** [floor(h D)] is at most [h D]. *)
  Lemma rat_cap (c : params) (d : Z) : rat (cap_at c d) <= rat (burst c) + rat (own_share c) * rat d.
  Proof.
    unfold cap_at. rewrite rat_plus. apply plus_le2; [apply le_refl|].
    replace (rat (own_share c) * rat d) with (of_Z (own_share c * d) / of_Z ONE / of_Z ONE)
      by (unfold rat; rewrite of_Z_times; field; exact ONE_nonzero).
    unfold rat. apply le_div; [exact ONE_positive|].
    replace (of_Z (own_share c * d / ONE)%Z / of_Z ONE * of_Z ONE) with (of_Z (own_share c * d / ONE)%Z)
      by (field; exact ONE_nonzero).
    apply le_div; [exact ONE_positive|]. rewrite <- of_Z_times. apply of_Z_le.
    pose proof ONE_pos. pose proof (Z.mul_div_le (own_share c * d) ONE ltac:(lia)). lia.
  Qed.

  (** H3 is what [LedgerConfig::new] checks: [kappa h < 1]. *)
  Lemma kappa_h_below_one (c : params) : params_ok c -> 0 < 1 - rat (kappa c) * rat (own_share c).
  Proof.
    intros Hc. apply params_checked in Hc. destruct Hc as (_ & Hk & Hh & Hkh & _).
    assert (E : 1 - rat (kappa c) * rat (own_share c)
                = of_Z (ONE * ONE - kappa c * own_share c)%Z * (inv (of_Z ONE) * inv (of_Z ONE))).
    { unfold rat. rewrite of_Z_minus, !of_Z_times. field. exact ONE_nonzero. }
    pose proof (of_Z_pos K (ONE * ONE - kappa c * own_share c)%Z ltac:(lia)) as [P N].
    pose proof (inv_nonneg K _ ONE_positive) as I.
    split.
    - rewrite E. apply times_nonneg; [exact P|]. now apply times_nonneg.
    - intros Z0. apply N. rewrite E in Z0.
      replace (of_Z (ONE * ONE - kappa c * own_share c)%Z)
        with (of_Z (ONE * ONE - kappa c * own_share c)%Z * (inv (of_Z ONE) * inv (of_Z ONE)) * (of_Z ONE * of_Z ONE))
        by (field; exact ONE_nonzero).
      rewrite <- Z0. ring.
  Qed.

  (** ** Falls of a path *)

  Variable T : Type.
  Variable before : T -> T -> Prop.
  Hypothesis before_refl : forall t, before t t.

  (** [m] bounds every fall from a moment to a later one; [m] is the largest fall: the least such bound. *)
  Definition bounds_falls (p : T -> K) (m : K) : Prop := forall s u, before s u -> p s - p u <= m.
  Definition largest_fall (p : T -> K) (m : K) : Prop :=
    bounds_falls p m /\ forall m', bounds_falls p m' -> m <= m'.

  (** From [MDD <= X + kappa (b + h (MDD + 2 eps))] to the bound. *)
  Lemma collect (k h x b d : K) : 0 < 1 - k * h -> d <= x + k * (b + h * d) -> d <= (x + k * b) / (1 - k * h).
  Proof.
    intros P H. apply le_div; [exact P|]. apply le_sub. apply (proj1 (le_sub _ _ _)) in H.
    replace (x + k * b - d * (1 - k * h)) with (x + k * (b + h * d) - d) by ring. exact H.
  Qed.

  Variable lnP lnF : T -> K.
  Definition E (t : T) : K := lnF t - lnP t.

  (** Steps (iii) and (iv) of the proof, for any ledger whose charges [sp] are at most [B + floor(h D)] and what has
      leaked, [lk]. *)
  Lemma from_leaked_to_the_bound :
    forall (c : params) (sp us lk : Z) (charged : T -> Z) (MDD X eps : K),
    params_ok c -> (sp <= cap_at c us + lk)%Z ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, (charged t <= sp)%Z) ->
    (forall s' u, before s' u -> E u - E s' <= rat (kappa c) * rat (charged u)) ->
    rat us <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat (kappa c) * (rat (burst c) + rat lk + (1 + 1) * rat (own_share c) * eps))
           / (1 - rat (kappa c) * rat (own_share c)).
  Proof.
    intros c sp us lk charged MDD X eps Hc A [_ Hleast] HX Hch H1 H2.
    apply collect; [now apply kappa_h_below_one|].
    pose proof (params_checked c Hc) as (P1 & P2 & P3 & _ & P5).
    assert (A' : rat sp <= rat (burst c) + rat (own_share c) * (MDD + (1 + 1) * eps) + rat lk).
    { apply le_trans with (rat (cap_at c us) + rat lk).
      - rewrite <- rat_plus. now apply rat_le.
      - apply plus_le2; [|apply le_refl]. eapply le_trans; [apply rat_cap|].
        apply plus_le2; [apply le_refl|]. apply times_le_l; [apply rat_nonneg; lia | exact H2]. }
    apply Hleast. intros s' u Hsu.
    specialize (H1 s' u Hsu). specialize (HX s' u Hsu). unfold E in H1.
    replace (lnP s' - lnP u) with ((lnF s' - lnF u) + ((lnF u - lnP u) - (lnF s' - lnP s'))) by ring.
    apply plus_le2; [exact HX|]. eapply le_trans; [exact H1|].
    apply times_le_l; [apply rat_nonneg; pose proof ONE_pos; lia|].
    eapply le_trans; [apply rat_le, (Hch u)|].
    match goal with |- _ <= ?g => replace g with
      (rat (burst c) + rat (own_share c) * (MDD + (1 + 1) * eps) + rat lk) by ring end.
    exact A'.
  Qed.

  (** The same with the leak [r n]. *)
  Lemma from_charges_to_the_bound :
    forall (c : params) (sp us n : Z) (charged : T -> Z) (MDD X eps : K),
    params_ok c -> (sp <= cap_at c us + leak c * n)%Z ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, (charged t <= sp)%Z) ->
    (forall s' u, before s' u -> E u - E s' <= rat (kappa c) * rat (charged u)) ->
    rat us <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat (kappa c) * (rat (burst c) + rat (leak c) * of_Z n + (1 + 1) * rat (own_share c) * eps))
           / (1 - rat (kappa c) * rat (own_share c)).
  Proof.
    intros c sp us n charged MDD X eps. rewrite <- rat_scale. apply from_leaked_to_the_bound.
  Qed.

  (** T-A. For every configuration that is accepted, every list of events (portfolios, backlogs, triggers, books, lags,
      wicks, re-anchoring, other sellers), every price path and every path without own sales: if (H1) displacement
      between two moments is at most [kappa] times the charges up to the later one, and (H2) each drawdown used is at
      most [MDD + 2 eps], then [MDD <= (X + kappa (B + r n + 2 h eps)) / (1 - kappa h)]. (H3) is checked by the
      configuration. *)
  Theorem T_A_amplification :
    forall (c : params) (b : band) (now n : Z) (es : list event) (charged : T -> Z) (MDD X eps : K),
    params_ok c -> price_ok (low b) = true -> (0 <= now)%Z -> Forall event_ok es ->
    let s := run c (start (ledger_open b now)) es in
    (time (led s) - now <= n)%Z ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (* what was charged up to a moment is part of all that was charged *)
    (forall t, (charged t <= spent s)%Z) ->
    (* H1 *) (forall s' u, before s' u -> E u - E s' <= rat (kappa c) * rat (charged u)) ->
    (* H2 *) rat (used s) <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat (kappa c) * (rat (burst c) + rat (leak c) * of_Z n + (1 + 1) * rat (own_share c) * eps))
           / (1 - rat (kappa c) * rat (own_share c)).
  Proof.
    intros c b now n es charged MDD X eps Hc Hb Hnow Hes s Hn HM HX Hch H1 H2.
    pose proof (T_A_iii_charges c _ es Hc (open_fresh b now Hb Hnow) Hes) as A. cbv zeta in A. fold s in A.
    change (time (ledger_open b now)) with now in A. pose proof (params_checked c Hc) as P.
    apply (from_charges_to_the_bound c (spent s) (used s) n charged MDD X eps); auto. nia.
  Qed.

  (** T-A under restraint. Each event may have a configuration of its own, with burst, leak and own share at most those
      of [c] (a guard restrained by a factor, an appetite, a share): the bound of [c] holds. *)
  Theorem T_A_restrained :
    forall (c : params) (b : band) (now n : Z) (es : list (params * event)) (charged : T -> Z) (MDD X eps : K),
    params_ok c -> price_ok (low b) = true -> (0 <= now)%Z -> Forall (fun p => dominated (fst p) c /\ event_ok (snd p))
      es ->
    let s := restrained_run (start (ledger_open b now)) es in
    (time (led s) - now <= n)%Z ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, (charged t <= spent s)%Z) ->
    (* H1 *) (forall s' u, before s' u -> E u - E s' <= rat (kappa c) * rat (charged u)) ->
    (* H2 *) rat (used s) <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat (kappa c) * (rat (burst c) + rat (leak c) * of_Z n + (1 + 1) * rat (own_share c) * eps))
           / (1 - rat (kappa c) * rat (own_share c)).
  Proof.
    intros c b now n es charged MDD X eps Hc Hb Hnow Hes s Hn HM HX Hch H1 H2.
    pose proof (restrained_charges c _ es Hc (open_fresh b now Hb Hnow) Hes) as A. cbv zeta in A. fold s in A.
    change (time (ledger_open b now)) with now in A. pose proof (params_checked c Hc) as P.
    apply (from_charges_to_the_bound c (spent s) (used s) n charged MDD X eps); auto. nia.
  Qed.

  (** ** (H2) from the observations *)

  Variable log : Z -> K.
  Hypothesis Hlog : log_like K log.

  (** A fall between two observations, as a ratio, is at most the fall of the log-price between their moments and twice
      [eps], if both sides of every band are within [eps] of the true price of their moment (A1), and moments follow
      source times. *)
  Lemma H2_seen_is_fallen (moment : Z -> T) (h : list (Z * band)) (d : Z) (MDD eps : K) :
    (d <= ONE)%Z ->
    (forall t b, In (t, b) h -> band_ok b) ->
    (forall s u, (s < u)%Z -> before (moment s) (moment u)) ->
    (forall t b, In (t, b) h ->
       log (price_value (low b)) <= lnP (moment t) + eps /\ lnP (moment t) - eps <= log (price_value (high b))) ->
    0 <= eps -> (exists t : Z, before (moment t) (moment t)) ->
    bounds_falls lnP MDD -> fall_seen h d -> rat d <= MDD + (1 + 1) * eps.
  Proof.
    intros Hd Hok Hmono Hobs Heps [t0 Ht0] Hfall [Z0|(s & bs & u & bu & Is & Iu & Hsu & Hle)].
    - apply le_trans with 0; [rewrite <- rat_0; now apply rat_le|].
      apply plus_nonneg.
      + specialize (Hfall _ _ Ht0). replace (lnP (moment t0) - lnP (moment t0)) with (@zero K) in Hfall by ring. exact
        Hfall.
      + apply times_nonneg; [apply plus_nonneg; apply one_nonneg | exact Heps].
    - destruct (Hok _ _ Is) as (Ls & _). destruct (Hok _ _ Iu) as (_ & Hu & _).
      apply price_value_pos in Ls, Hu.
      destruct (Hobs _ _ Is) as [Os _]. destruct (Hobs _ _ Iu) as [_ Ou].
      set (x := price_value (low bs)) in *. set (y := price_value (high bu)) in *.
      pose proof (Hlog y x Hu Ls) as L.
      assert (D : rat d <= log x - log y).
      { apply cancel_le with (of_Z x * of_Z ONE).
        - split; [apply times_nonneg; apply of_Z_nonneg; pose proof ONE_pos; lia|].
          rewrite <- of_Z_times. apply (of_Z_pos K (x * ONE)%Z). pose proof ONE_pos. nia.
        - replace (of_Z x * of_Z ONE * rat d) with (of_Z (d * x)%Z)
            by (unfold rat; rewrite of_Z_times; field; exact ONE_nonzero).
          apply le_trans with (of_Z ((x - y) * ONE)%Z); [now apply of_Z_le|].
          rewrite of_Z_times. replace (of_Z x * of_Z ONE * (log x - log y))
            with (of_Z ONE * (of_Z x * (log x - log y))) by ring.
          replace (of_Z (x - y)%Z * of_Z ONE) with (of_Z ONE * of_Z (x - y)%Z) by ring.
          apply times_le_l; [apply of_Z_nonneg; pose proof ONE_pos; lia | exact L]. }
      eapply le_trans; [exact D|]. specialize (Hfall _ _ (Hmono _ _ Hsu)).
      apply le_sub. apply (proj1 (le_sub _ _ _)) in Os, Ou, Hfall.
      replace (MDD + (1 + 1) * eps - (log x - log y))
        with ((lnP (moment s) + eps - log x) + (log y - (lnP (moment u) - eps)) + (MDD - (lnP (moment s) - lnP (moment
          u)))) by ring.
      apply plus_nonneg; [apply plus_nonneg|]; assumption.
  Qed.

  (** T-A for the ledger behind its window of any width, fed with observations of any order and lag: what is left to
      assume is (A1) that both sides of each accepted band are within [eps] of the true price of its moment, that
      moments follow source times, and (H1). *)
  Theorem T_A_closed_loop :
    forall (c : params) (width : Z) (b : band) (source_time now n : Z) (es : list sys_event)
           (moment : Z -> T) (charged : T -> Z) (MDD X eps : K),
    params_ok c -> band_ok b -> (0 <= now)%Z -> Forall sys_event_ok es ->
    let s := sys_run c width (sys_open b source_time now) es in
    (time (led (base s)) - now <= n)%Z ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, (charged t <= spent (base s))%Z) ->
    (* H1 *) (forall s' u, before s' u -> E u - E s' <= rat (kappa c) * rat (charged u)) ->
    (* A1 *) (forall t b, In (t, b) (hist s) ->
       log (price_value (low b)) <= lnP (moment t) + eps /\ lnP (moment t) - eps <= log (price_value (high b))) ->
    0 <= eps ->
    (forall s' u, (s' < u)%Z -> before (moment s') (moment u)) ->
    MDD <= (X + rat (kappa c) * (rat (burst c) + rat (leak c) * of_Z n + (1 + 1) * rat (own_share c) * eps))
           / (1 - rat (kappa c) * rat (own_share c)).
  Proof.
    intros c width b st now n es moment charged MDD X eps Hc Hb Hnow Hes s Hn HM HX Hch H1 Hobs Heps Hmono.
    pose proof (sys_inv_run c width b st now es Hc Hb Hnow Hes) as I. fold s in I.
    pose proof (H2_used_is_seen c width b st now es Hc Hb Hnow Hes) as F. cbv zeta in F. fold s in F.
    pose proof (ledger_events_ok c width (sys_open b st now) es Hc (sys_inv_open b st now Hb Hnow) Hes) as Hev.
    pose proof (sys_run_base c width (sys_open b st now) es) as B. fold s in B. simpl in B.
    destruct I as (Hh & _).
    assert (Hu : (used (base s) <= ONE)%Z).
    { rewrite B. pose proof (inv_run c (start (ledger_open b now)) _ Hc (open_ok b now (proj1 Hb) Hnow)
        ltac:(simpl; pose proof ONE_pos; lia) eq_refl Hev) as (_ & U & _). lia. }
    rewrite B in Hn, Hch.
    eapply (T_A_amplification c b now n (ledger_events c width (sys_open b st now) es) charged); eauto.
    - apply Hb.
    - rewrite <- B.
      assert (Hbands : forall t b', In (t, b') (hist s) -> band_ok b') by (intros t b' Hin; apply (Hh t b' Hin)).
      exact (H2_seen_is_fallen moment (hist s) _ MDD eps Hu Hbands Hmono Hobs Heps
               (ex_intro _ st (before_refl _)) (proj1 HM) F).
  Qed.

  (** ** (H1) where displacement is what the charges pay for *)

  (** A charge over-states the move that it pays for: [P/P' - 1 <= a] gives [ln(P/P') <= a]. *)
  Lemma log_move_le_charge (v v' a : Z) :
    (0 < v)%Z -> (0 < v')%Z -> (v * ONE <= v' * (ONE + a))%Z -> log v - log v' <= rat a.
  Proof.
    intros Hv Hv' H. apply cancel_le with (of_Z v' * of_Z ONE).
    - split; [apply times_nonneg; apply of_Z_nonneg; pose proof ONE_pos; lia|].
      rewrite <- of_Z_times. apply (of_Z_pos K (v' * ONE)%Z). pose proof ONE_pos. nia.
    - pose proof (log_charge K log Hlog v' v Hv' Hv) as L.
      replace (of_Z v' * of_Z ONE * (log v - log v')) with (of_Z ONE * (of_Z v' * (log v - log v'))) by ring.
      replace (of_Z v' * of_Z ONE * rat a) with (of_Z (v' * a)%Z)
        by (unfold rat; rewrite of_Z_times; field; exact ONE_nonzero).
      apply le_trans with (of_Z ONE * of_Z (v - v')%Z).
      + apply times_le_l; [apply of_Z_nonneg; pose proof ONE_pos; lia | exact L].
      + rewrite <- of_Z_times. apply of_Z_le. nia.
  Qed.

  (** Sales one after another: each pair is a charge and the price after it. *)
  Fixpoint sales_ok (v : Z) (sales : list (Z * Z)) : Prop :=
    match sales with
    | [] => (0 < v)%Z
    | (a, v') :: rest => (0 < v)%Z /\ (v * ONE <= v' * (ONE + a))%Z /\ sales_ok v' rest
    end.
  Fixpoint sum_charges (sales : list (Z * Z)) : Z :=
    match sales with [] => 0%Z | (a, _) :: rest => (a + sum_charges rest)%Z end.
  Fixpoint last_price (v : Z) (sales : list (Z * Z)) : Z :=
    match sales with [] => v | (_, v') :: rest => last_price v' rest end.

  (** Telescoped: the log-price moves by at most the sum of the charges. With permanent impact and [kappa = 1] this is
      (H1). *)
  Theorem T_A_charges_overstate : forall (sales : list (Z * Z)) (v : Z),
    sales_ok v sales -> log v - log (last_price v sales) <= rat (sum_charges sales).
  Proof.
    induction sales as [|[a v'] rest IH]; intros v H; simpl in *.
    - rewrite rat_0. replace (log v - log v) with (@zero K) by ring. apply le_refl.
    - destruct H as (Hv & Ha & Hr). rewrite rat_plus.
      assert (Hv' : (0 < v')%Z) by (destruct rest as [|[? ?] ?]; simpl in Hr; [exact Hr | apply Hr]).
      replace (log v - log (last_price v' rest)) with ((log v - log v') + (log v' - log (last_price v' rest))) by ring.
      apply plus_le2; [now apply log_move_le_charge | now apply IH].
  Qed.

  (** ** A2: displacement that recovers *)

  (** How displacement moves with one event: a sale adds at most [kappa] times its charge; in [dt] seconds it recovers
      by [kappa r dt] at least, or to nothing; nothing else raises it. *)
  Definition moves (c : params) (s : run_state) (x : K) (e : event) (y : K) : Prop :=
    match apply_event c (led s) e, e with
    | Ok _, Charge a => y <= x + rat (kappa c) * rat a
    | Ok _, Clock now => y <= 0 \/ y <= x - rat (kappa c) * (rat (leak c) * of_Z (now - time (led s))%Z)
    | _, _ => y <= x
    end.

  Inductive displaced (c : params) : run_state -> K -> list event -> K -> Prop :=
  | displaced_nil s x : displaced c s x [] x
  | displaced_cons s x e y es z :
      moves c s x e y -> displaced c (step c s e) y es z -> displaced c s x (e :: es) z.

  (** A2. If displacement recovers by at least [kappa r] a second, it is at most [kappa L] at all times. *)
  Theorem A2_recovering : forall (c : params) (es : list event) (s : run_state) (x z : K),
    params_ok c -> ledger_ok (led s) -> Forall event_ok es -> displaced c s x es z ->
    x <= rat (kappa c) * rat (level (led s)) ->
    z <= rat (kappa c) * rat (level (led (run c s es))).
  Proof.
    intros c es s x z Hc Hs Hes D. revert Hs. induction D as [s x|s x e y es z M D IH]; intros Hs Hx; [exact Hx|].
    inversion Hes as [|? ? He Hes']; subst. simpl. change (fold_left (step c) es (step c s e)) with (run c (step c s e)
      es).
    pose proof (params_checked c Hc) as (_ & Pk & _ & _ & Pl).
    assert (Hk : 0 <= rat (kappa c)) by (apply rat_nonneg; pose proof ONE_pos; lia).
    apply IH; [exact Hes' | now apply step_ok |]. clear IH D. unfold moves in M. unfold step.
    destruct (apply_event c (led s) e) as [l'|] eqn:A; [|eapply le_trans; eassumption].
    pose proof Hs as (_ & _ & _ & HL & _).
    destruct e; simpl in A, He; simpl.
    - pose proof (advance_spec c (led s) now Hc Hs He) as S. rewrite A in S. destruct S as (_ & L & T1).
      destruct M as [M|M]; (eapply le_trans; [exact M|]).
      + apply times_nonneg; [exact Hk|]. apply rat_nonneg. lia.
      + apply le_trans with (rat (kappa c) * (rat (level (led s)) - rat (leak c) * of_Z (now - time (led s))%Z)).
        * apply le_sub. apply (proj1 (le_sub _ _ _)) in Hx.
          match goal with |- 0 <= ?g => replace g with (rat (kappa c) * rat (level (led s)) - x) by ring end. exact Hx.
        * apply times_le_l; [exact Hk|]. rewrite <- rat_scale.
          apply le_trans with (rat (level (led s) - leak c * (now - time (led s)))%Z); [|apply rat_le; lia].
          replace (level (led s) - leak c * (now - time (led s)))%Z
            with (level (led s) + - (leak c * (now - time (led s))))%Z by lia.
          rewrite rat_plus. replace (rat (- (leak c * (now - time (led s))))%Z)
            with (- rat (leak c * (now - time (led s)))%Z).
          { match goal with |- ?a <= ?b => replace b with a by ring end. apply le_refl. }
          assert (Z0 : rat (leak c * (now - time (led s)))%Z + rat (- (leak c * (now - time (led s))))%Z = 0).
          { rewrite <- rat_plus, Z.add_opp_diag_r. apply rat_0. }
          match goal with |- - ?a = ?b => replace b with (a + b - a) by ring end. rewrite Z0. ring.
    - inversion A; subst. unfold ledger_see. destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl;
        eapply le_trans; eassumption.
    - inversion A; subst. unfold ledger_see_rise. destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl;
        eapply le_trans; eassumption.
    - unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; simpl; eapply le_trans; eassumption.
    - pose proof (reserve_spec c (led s) impact Hc Hs He) as S. rewrite A in S. destruct S as (-> & _). simpl.
      eapply le_trans; eassumption.
    - pose proof (charge_spec c (led s) impact Hc Hs He) as S. rewrite A in S. destruct S as (-> & _). simpl.
      eapply le_trans; [exact M|]. rewrite rat_plus.
      replace (rat (kappa c) * (rat (level (led s)) + rat impact))
        with (rat (kappa c) * rat (level (led s)) + rat (kappa c) * rat impact) by ring.
      apply plus_le2; [exact Hx | apply le_refl].
    - inversion A; subst. simpl. eapply le_trans; eassumption.
  Qed.

  (** A2, the bound. If displacement is never below zero, and at every moment at most [kappa] times the level of some
      state of the run (A2_recovering), the term [r n] disappears. *)
  Theorem A2_bound :
    forall (c : params) (b : band) (now : Z) (es : list event) (MDD X eps : K),
    params_ok c -> price_ok (low b) = true -> (0 <= now)%Z -> Forall event_ok es ->
    let s := run c (start (ledger_open b now)) es in
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, 0 <= E t) ->
    (forall t, exists fs gs, es = fs ++ gs /\ E t <= rat (kappa c) * rat (level (led (run c (start (ledger_open b now))
      fs)))) ->
    (* H2 *) rat (used s) <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat (kappa c) * (rat (burst c) + (1 + 1) * rat (own_share c) * eps))
           / (1 - rat (kappa c) * rat (own_share c)).
  Proof.
    intros c b now es MDD X eps Hc Hb Hnow Hes s [_ Hleast] HX HE HL H2.
    apply collect; [now apply kappa_h_below_one|].
    pose proof (params_checked c Hc) as (P1 & P2 & P3 & _ & P5).
    apply Hleast. intros s' u Hsu. specialize (HX s' u Hsu). specialize (HE s').
    destruct (HL u) as (fs & gs & Es & Hu).
    replace (lnP s' - lnP u) with ((lnF s' - lnF u) + (E u - E s')) by (unfold E; ring).
    apply plus_le2; [exact HX|]. apply le_trans with (E u).
    { apply le_sub. replace (E u - (E u - E s')) with (E s') by ring. exact HE. }
    eapply le_trans; [exact Hu|]. apply times_le_l; [apply rat_nonneg; pose proof ONE_pos; lia|].
    assert (Hfs : Forall event_ok fs /\ Forall event_ok gs) by (apply Forall_app; rewrite <- Es; exact Hes).
    pose proof (T_A_ii_cap c _ fs Hc (open_fresh b now Hb Hnow) (proj1 Hfs)) as C. cbv zeta in C.
    set (v := run c (start (ledger_open b now)) fs) in *.
    assert (Hv : ledger_ok (led v)).
    { apply N1_no_overflow_is_reachable; auto; [|tauto]. now apply open_ok. }
    assert (Hused : (used v <= used s)%Z).
    { unfold s. rewrite Es, run_app. fold v. clear. unfold run. generalize v. induction gs as [|g gs IH]; intros w;
      simpl; [lia|].
      specialize (IH (step c w g)). assert (used w <= used (step c w g))%Z; [|lia].
      unfold step. destruct (apply_event c (led w) g); [|lia]. destruct g; simpl; lia. }
    apply le_trans with (rat (cap_at c (used s))).
    - apply rat_le. pose proof (cap_at_mono c _ _ Hc Hused). destruct Hv as (_ & _ & _ & ? & ? & _). lia.
    - eapply le_trans; [apply rat_cap|].
      match goal with |- _ <= ?g => replace g with (rat (burst c) + rat (own_share c) * (MDD + (1 + 1) * eps)) by ring
        end.
      apply plus_le2; [apply le_refl|]. apply times_le_l; [apply rat_nonneg; lia | exact H2].
  Qed.
End TheoremA.

(** ** What the crate computes is at least the bound *)

(** [LedgerConfig::bound_ceil] in whole numbers: no rounding in it lowers the result. *)
Lemma bound_ceil_whole : forall (c : params) (exogenous noise n v : Z),
  params_ok c -> 0 <= exogenous -> 0 <= noise -> 0 <= n -> bound_ceil c exogenous noise n = Ok v ->
  exogenous * (ONE * ONE) + kappa c * ((burst c + leak c * n) * ONE + 2 * own_share c * noise)
    <= v * (ONE * ONE - kappa c * own_share c).
Proof.
  intros c x e n v Hc Hx He Hn H. pose proof ONE_pos as O. pose proof (params_checked c Hc) as (P1 & P2 & P3 & P4 & P5).
  unfold bound_ceil, ratio_add, mul_ceil, over, ratio_sub, div_ceil, fraction_ceil in H.
  destruct (narrow (own_share c + own_share c)) as [twice|] eqn:E1; [|easy]. apply narrow_ok in E1. destruct E1 as [-> _].
  cbn [bind] in H.
  destruct (narrow (cdiv _ ONE)) as [noisy|] eqn:E2 in H; [|easy]. apply narrow_ok in E2. destruct E2 as [E2 _].
  cbn [bind] in H.
  destruct (narrow (leak c * n)) as [leaked|] eqn:E3; [|easy]. apply narrow_ok in E3. destruct E3 as [-> _].
  cbn [bind] in H.
  destruct (narrow (burst c + leak c * n)) as [sum|] eqn:E4; [|easy]. apply narrow_ok in E4. destruct E4 as [-> _].
  cbn [bind] in H.
  destruct (narrow (burst c + leak c * n + noisy)) as [own|] eqn:E5; [|easy]. apply narrow_ok in E5. destruct E5 as [->
    _].
  cbn [bind] in H.
  destruct (narrow (cdiv (kappa c * _) ONE)) as [scaled|] eqn:E6 in H; [|easy]. apply narrow_ok in E6. destruct E6 as
    [E6 _].
  cbn [bind] in H.
  destruct (narrow (x + scaled)) as [num|] eqn:E7; [|easy]. apply narrow_ok in E7. destruct E7 as [-> _].
  cbn [bind] in H.
  destruct (narrow (cdiv (kappa c * own_share c) ONE)) as [gain|] eqn:E8; [|easy]. apply narrow_ok in E8. destruct E8 as
    [E8 _].
  cbn [bind] in H.
  destruct (gain <=? ONE) eqn:E9; [|easy]. apply Z.leb_le in E9. cbn [bind] in H.
  destruct (ONE - gain =? 0) eqn:E10; [easy|]. apply Z.eqb_neq in E10.
  apply narrow_ok in H. destruct H as [H _].
  destruct (cdiv_spec ((own_share c + own_share c) * e) ONE O) as [S2 _]. rewrite <- E2 in S2.
  destruct (cdiv_spec (kappa c * (burst c + leak c * n + noisy)) ONE O) as [S6 _]. rewrite <- E6 in S6.
  destruct (cdiv_spec (kappa c * own_share c) ONE O) as [S8 _]. rewrite <- E8 in S8.
  destruct (cdiv_spec ((x + scaled) * ONE) (ONE - gain) ltac:(lia)) as [SV _]. rewrite <- H in SV.
  clear E2 E6 E8 H.
  set (k := kappa c) in *. set (h := own_share c) in *. set (bn := burst c + leak c * n) in *.
  assert (Hbn : 0 <= bn) by (unfold bn; nia).
  assert (Hno : 0 <= noisy) by nia.
  assert (Hsc : 0 <= scaled) by nia.
  assert (Hv : 0 <= v) by nia.
  clearbody k h bn.
  assert (A1 : k * (bn * ONE + 2 * h * e) <= k * ((bn + noisy) * ONE)) by (apply Z.mul_le_mono_nonneg_l; nia).
  assert (A2 : k * ((bn + noisy) * ONE) <= scaled * ONE * ONE) by nia.
  assert (A3 : (x + scaled) * ONE * ONE <= v * (ONE - gain) * ONE) by nia.
  assert (A4 : v * ((ONE - gain) * ONE) <= v * (ONE * ONE - k * h)) by (apply Z.mul_le_mono_nonneg_l; nia).
  nia.
Qed.

Section BoundCeil.
  Variable K : ordered_field.
  Add Field K_field_ceil : (is_field K).
  Local Open Scope field_scope.

  (** The number that [LedgerConfig::bound_ceil] returns is at least the right side of T-A. *)
  Theorem T_A_bound_ceil : forall (c : params) (exogenous noise n v : Z),
    params_ok c -> (0 <= exogenous)%Z -> (0 <= noise)%Z -> (0 <= n)%Z -> bound_ceil c exogenous noise n = Ok v ->
    (rat K exogenous + rat K (kappa c) * (rat K (burst c) + rat K (leak c) * of_Z K n + (1 + 1) * rat K (own_share c) *
      rat K noise))
      / (1 - rat K (kappa c) * rat K (own_share c)) <= rat K v.
  Proof.
    intros c x e n v Hc Hx He Hn H. pose proof (bound_ceil_whole c x e n v Hc Hx He Hn H) as W.
    pose proof (kappa_h_below_one K c Hc) as P. pose proof (ONE_nonzero K) as N.
    assert (Nd : 1 - rat K (kappa c) * rat K (own_share c) <> 0) by (intros E0; destruct P as [_ Q]; apply Q; now
      symmetry).
    apply (cancel_le K) with (1 - rat K (kappa c) * rat K (own_share c)); [exact P|].
    match goal with |- ?d * (?a / ?d) <= _ => replace (d * (a / d)) with a by (field; exact Nd) end.
    apply (cancel_le K) with (of_Z K ONE * (of_Z K ONE * of_Z K ONE)).
    { rewrite <- !of_Z_times. apply (of_Z_pos K). pose proof ONE_pos. nia. }
    match goal with |- ?l <= ?r =>
      replace l with (of_Z K (x * (ONE * ONE) + kappa c * ((burst c + leak c * n) * ONE + 2 * own_share c * e))%Z);
      [replace r with (of_Z K (v * (ONE * ONE - kappa c * own_share c))%Z); [now apply of_Z_le|]|] end.
    - unfold rat. rewrite of_Z_times, of_Z_minus, !of_Z_times. field. exact N.
    - unfold rat. replace (2 * own_share c * e)%Z with (own_share c * e + own_share c * e)%Z by ring.
      repeat (rewrite of_Z_plus || rewrite of_Z_times).
      field. exact N.
  Qed.
End BoundCeil.

(** A2, the bound, needs displacement that is never below zero. A price that overshoots (displacement of [-B], as by
    buyers who come after a sale) and comes back, and then one sale of [B]: displacement is at most [kappa L] at both
    moments, all else of [A2_bound] holds, and the market falls by [2 B], where the bound is [B]. *)
Section A2NeedsIt.
  Variable K : ordered_field.
  Add Field K_field_needs : (is_field K).
  Local Open Scope field_scope.

  Theorem A2_bound_needs_displacement_above_zero :
    exists (c : params) (b : band) (es : list event) (before : bool -> bool -> Prop) (lnP lnF : bool -> K) (MDD X eps :
      K),
    params_ok c /\ price_ok (low b) = true /\ Forall event_ok es /\ (forall t, before t t) /\
    largest_fall K bool before lnP MDD /\ bounds_falls K bool before lnF X /\
    (forall t, exists fs gs, es = fs ++ gs /\
       E K bool lnP lnF t <= rat K (kappa c) * rat K (level (led (run c (start (ledger_open b 0)) fs)))) /\
    rat K (used (run c (start (ledger_open b 0)) es)) <= MDD + (1 + 1) * eps /\
    ~ MDD <= (X + rat K (kappa c) * (rat K (burst c) + (1 + 1) * rat K (own_share c) * eps))
             / (1 - rat K (kappa c) * rat K (own_share c)).
  Proof.
    set (a := (ONE / 4)%Z). set (x := rat K a).
    assert (Ha : (0 < a)%Z) by reflexivity.
    assert (Hx : 0 <= x) by (apply rat_nonneg; lia).
    pose proof (ONE_nonzero K) as N.
    assert (R1 : rat K ONE = 1) by (unfold rat; field; exact N).
    exists (mk_params a 0 0 ONE), (mk_band (mk_price 0 (2 ^ 63)) (mk_price 0 (2 ^ 63))), [Charge a].
    exists (fun s u => s = u \/ (s = false /\ u = true)).
    exists (fun t : bool => if t then - x else x), (fun _ => 0), (x + x), 0, 0.
    split. { vm_compute. repeat split; intros; discriminate. }
    split; [reflexivity|]. split; [repeat constructor; simpl; lia|]. split; [auto|].
    split.
    { split.
      - intros s u [->|[-> ->]].
        + destruct u; match goal with |- ?l <= _ => replace l with (@zero K) by ring end; now apply plus_nonneg.
        + replace (x - - x) with (x + x) by ring. apply le_refl.
      - intros m' H. specialize (H false true (or_intror (conj eq_refl eq_refl))).
        replace (x + x) with (x - - x) by ring. exact H. }
    split. { intros s u _. replace (0 - 0) with (@zero K) by ring. apply le_refl. }
    split.
    { intros [|].
      - exists [Charge a], []. split; [reflexivity|]. unfold E. cbn [kappa].
        replace (level (led (run (mk_params a 0 0 ONE) _ [Charge a]))) with a by reflexivity.
        rewrite R1. fold x. replace (0 - - x) with (1 * x) by ring. apply le_refl.
      - exists [], [Charge a]. split; [reflexivity|]. unfold E. cbn [kappa run fold_left start led ledger_open level].
        rewrite rat_0. replace (rat K ONE * 0) with (@zero K) by ring. apply le_sub.
        replace (0 - (0 - x)) with x by ring. exact Hx. }
    split.
    { replace (used (run _ _ [Charge a])) with 0%Z by reflexivity. rewrite rat_0.
      replace (x + x + (1 + 1) * 0) with (x + x) by ring. now apply plus_nonneg. }
    cbn [kappa burst own_share]. rewrite rat_0, R1. fold x.
    assert (One : (1 : K) - 1 * 0 <> 0).
    { replace (1 - 1 * 0) with (@one K) by ring. apply one_neq_zero. }
    replace ((0 + 1 * (x + (1 + 1) * 0 * 0)) / (1 - 1 * 0)) with x by (field; apply one_neq_zero).
    intros H. apply (one_neq_zero K).
    assert (X0 : x = 0).
    { apply le_antisym; [|exact Hx]. apply (proj1 (le_sub _ _ _)) in H. apply le_sub.
      replace (0 - x) with (x - (x + x)) by ring. exact H. }
    exfalso. pose proof (of_Z_pos K a Ha) as [_ M]. apply M.
    replace (of_Z K a) with (x * of_Z K ONE) by (unfold x, rat; field; exact N). rewrite X0. ring.
  Qed.
End A2NeedsIt.

(** ** A3 *)

Section GainForm.
  Variable K : ordered_field.
  Add Field K_field_gain : (is_field K).
  Local Open Scope field_scope.

  (** A3. "Sell at most [g] times the fall net of own impact" is the rule with [h = g / (1 + g)]: for [g >= 0], impact
      [a] and fall [d], [a <= g (d - a)] exactly when [a <= g / (1 + g) d]; and that [h] is below one. *)
  Theorem A3_gain_form : forall g a d : K, 0 <= g ->
    (a <= g * (d - a) <-> a <= g / (1 + g) * d) /\ g / (1 + g) < 1.
  Proof.
    intros g a d Hg.
    assert (P : 0 < 1 + g).
    { split; [apply plus_nonneg; [apply one_nonneg|exact Hg]|]. intros E0.
      apply (one_neq_zero K). apply le_antisym; [|apply one_nonneg]. rewrite E0.
      apply le_sub. replace (1 + g - 1) with g by ring. exact Hg. }
    assert (N : 1 + g <> 0) by (intros E0; destruct P as [_ N]; apply N; now symmetry).
    split; [split; intros H|split].
    - replace (g / (1 + g) * d) with (g * d / (1 + g)) by (field; exact N). apply le_div; [exact P|].
      apply le_sub. apply (proj1 (le_sub _ _ _)) in H.
      replace (g * d - a * (1 + g)) with (g * (d - a) - a) by ring. exact H.
    - pose proof (times_le_l K (1 + g) _ _ (proj1 P) H) as G.
      apply le_sub. apply (proj1 (le_sub _ _ _)) in G.
      replace (g * (d - a) - a) with ((1 + g) * (g / (1 + g) * d) - (1 + g) * a) by (field; exact N). exact G.
    - apply le_sub. replace (1 - g / (1 + g)) with (1 / (1 + g)) by (field; exact N). apply le_div; [exact P|].
      replace (0 * (1 + g)) with (@zero K) by ring. apply one_nonneg.
    - intros E0. apply (one_neq_zero K).
      assert (Q : 1 + g - g / (1 + g) * (1 + g) = 1) by (field; exact N). rewrite E0 in Q. rewrite <- Q. ring.
  Qed.
End GainForm.

Section Shapes.
  Variable K : ordered_field.
  Add Field K_field_shapes : (is_field K).
  Local Open Scope field_scope.

  Lemma A4_shape1 (v o n b : K) : o <> 0 -> v * o * (n * (b / o)) <= n * b * v.
  Proof. intros N. replace (v * o * (n * (b / o))) with (n * b * v) by (field; exact N). apply le_refl. Qed.

  Lemma A4_shape2 (v o n x y : K) : 0 <= n -> 0 <= o -> x <= v * y -> n * (x * o) <= v * o * (n * y).
  Proof.
    intros Hn Ho H. replace (n * (x * o)) with (n * o * x) by ring.
    replace (v * o * (n * y)) with (n * o * (v * y)) by ring. apply times_le_l; [now apply times_nonneg | exact H].
  Qed.
End Shapes.

(** ** A4: the bound is attained

    A market in which the price without own sales falls at once, by one part in [1024], and every sale moves the price
    by exactly what it is charged for (rounded up to the next price); the seller always sells all that is permitted. *)

Definition A4_params : params := mk_params (ONE / 4096) 0 (ONE / 2) ONE.

(** One sale: the price is seen, the whole headroom is charged, the price falls to the least one that the charge pays
    for. *)
Definition A4_sale (s : ledger * Z) : ledger * Z :=
  let (l, p) := s in
  let seen := ledger_see l (mk_price 0 p) (mk_price 0 p) in
  let a := headroom A4_params seen in
  match ledger_charge seen A4_params a with
  | Ok l' => (l', cdiv (p * ONE) (ONE + a))
  | Err _ => s
  end.

Definition A4_first : Z := 2 ^ 64 - 2 ^ 50.
Definition A4_fallen : Z := A4_first - A4_first / 1024.
Definition A4_end : ledger * Z :=
  Nat.iter 40 A4_sale (ledger_open (mk_band (mk_price 0 A4_first) (mk_price 0 A4_first)) 0, A4_fallen).

(** [X] of this market, rounded up: [ln(first/fallen) <= first/fallen - 1]. *)
Definition A4_exogenous : Z := cdiv ((A4_first - A4_fallen) * ONE) A4_fallen.

(** A4. In this market the log-price falls by at least 99 hundredths of the bound that the crate computes for it, with
    [eps = 0] and no leak: for every [log], [100 (log first - log last) >= 99 bound]. *)
Theorem A4_attained :
  params_ok A4_params /\
  exists bound, bound_ceil A4_params A4_exogenous 0 0 = Ok bound /\
  forall (K : ordered_field) (log : Z -> K), log_like K log ->
    le (times (of_Z K 99) (rat K bound)) (times (of_Z K 100) (minus (log A4_first) (log (snd A4_end)))).
Proof.
  split. { vm_compute. repeat split; intros; discriminate. }
  assert (W : exists bound, bound_ceil A4_params A4_exogenous 0 0 = Ok bound
              /\ 99 * bound * A4_first <= 100 * ((A4_first - snd A4_end) * ONE) /\ 0 < snd A4_end).
  { eexists. split; [vm_compute; reflexivity|]. vm_compute. split; [intros; discriminate | reflexivity]. }
  destruct W as (bound & Hb & Hle & Hpos). exists bound. split; [exact Hb|].
  intros K log Hlog.
  assert (Hf : 0 < A4_first) by reflexivity.
  pose proof (Hlog (snd A4_end) A4_first Hpos Hf) as L.
  set (v := A4_first) in *. set (w := snd A4_end) in *. clearbody v w.
  apply (cancel_le K) with (times (of_Z K v) (of_Z K ONE)).
  { split.
    - apply times_nonneg; apply of_Z_nonneg; [lia | pose proof ONE_pos; lia].
    - rewrite <- of_Z_times. apply (of_Z_pos K (v * ONE)). pose proof ONE_pos. nia. }
  apply le_trans with (of_Z K (99 * bound * v)).
  { rewrite !of_Z_times. unfold rat. pose proof (ONE_nonzero K) as N. pose proof (is_field K) as Kf.
    apply A4_shape1; exact N. }
  apply le_trans with (of_Z K (100 * ((v - w) * ONE))); [now apply of_Z_le|].
  rewrite !of_Z_times. apply A4_shape2; [apply of_Z_nonneg; lia | apply of_Z_nonneg; pose proof ONE_pos; lia | exact L].
Qed.
