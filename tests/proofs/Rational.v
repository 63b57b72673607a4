(** The premises can be met: the rational numbers are an ordered field, and in every ordered field there is a function
    with the inequalities that are used of a logarithm. So no theorem here is empty, and theorem A holds over the
    rational numbers with nothing left open but the hypotheses of SPEC.md.

    The function is [log n = sum of 2 / (2 k + 1) for k = 1 .. n - 1]. Its steps differ from those of [ln] by less than
    one part in [12 k^2]; the values of prices are 2^63 and more. *)

From Coq Require Import ZArith Lia List Field QArith Qcanon.
From Damper Require Import Ledger LedgerSafe Ordered Observed TheoremA Hedge.
Local Open Scope Z_scope.

Lemma Qc_total : forall x y : Qc, (x <= y)%Qc \/ (y <= x)%Qc.
Proof. intros x y. destruct (Qclt_le_dec x y) as [H|H]; [left; now apply Qclt_le_weak | now right]. Qed.

Lemma Qc_plus_le : forall x y z : Qc, (x <= y)%Qc -> (x + z <= y + z)%Qc.
Proof. intros x y z H. apply Qcplus_le_compat; [exact H | apply Qcle_refl]. Qed.

Lemma Qc_times_nonneg : forall x y : Qc, (0 <= x)%Qc -> (0 <= y)%Qc -> (0 <= x * y)%Qc.
Proof. intros x y Hx Hy. replace 0%Qc with (0 * y)%Qc by ring. now apply Qcmult_le_compat_r. Qed.

(** The rational numbers. *)
Definition rationals : ordered_field :=
  mk_field Qc 0%Qc 1%Qc Qcplus Qcmult Qcminus Qcopp Qcdiv Qcinv Qcle Qcft
    Qcle_refl Qcle_trans Qcle_antisym Qc_total Qc_plus_le Qc_times_nonneg.

Section Steps.
  Variable K : ordered_field.
  Add Field K_field_steps : (is_field K).
  Notation of_Z := (of_Z K).
  Local Open Scope field_scope.

  (** [2 / (2 k + 1)]. *)
  Definition log_step (k : Z) : K := of_Z 2 / of_Z (2 * k + 1)%Z.
  Fixpoint log_nat (n : nat) : K :=
    match n with O => 0 | S m => log_nat m + log_step (Z.of_nat m) end.
  Definition log_sum (z : Z) : K := log_nat (Z.to_nat z).

  Lemma log_sum_next (z : Z) : (0 <= z)%Z -> log_sum (z + 1) = log_sum z + log_step z.
  Proof.
    intros H. unfold log_sum. replace (Z.to_nat (z + 1)) with (S (Z.to_nat z)) by lia. simpl. now rewrite Z2Nat.id.
  Qed.

  Lemma nonzero_pos (a : Z) : (0 < a)%Z -> of_Z a <> 0.
  Proof. intros H E0. pose proof (of_Z_pos K a H) as [_ N]. apply N. now symmetry. Qed.

  (** [n / d <= log_step k] and back, by whole numbers. *)
  Lemma step_above (n d k : Z) : (0 <= k)%Z -> (n * (2 * k + 1) <= 2 * d)%Z -> of_Z n <= of_Z d * log_step k.
  Proof.
    intros Hk H. pose proof (nonzero_pos (2 * k + 1) ltac:(lia)) as N.
    apply (cancel_le K) with (of_Z (2 * k + 1)%Z); [apply of_Z_pos; lia|]. unfold log_step.
    replace (of_Z (2 * k + 1)%Z * (of_Z d * (of_Z 2 / of_Z (2 * k + 1)%Z))) with (of_Z 2 * of_Z d) by (field; exact N).
    rewrite <- !of_Z_times. apply of_Z_le. lia.
  Qed.
  Lemma step_below (n d k : Z) : (0 <= k)%Z -> (2 * d <= n * (2 * k + 1))%Z -> of_Z d * log_step k <= of_Z n.
  Proof.
    intros Hk H. pose proof (nonzero_pos (2 * k + 1) ltac:(lia)) as N.
    apply (cancel_le K) with (of_Z (2 * k + 1)%Z); [apply of_Z_pos; lia|]. unfold log_step.
    replace (of_Z (2 * k + 1)%Z * (of_Z d * (of_Z 2 / of_Z (2 * k + 1)%Z))) with (of_Z 2 * of_Z d) by (field; exact N).
    rewrite <- !of_Z_times. apply of_Z_le. lia.
  Qed.

  (** The three inequalities along [x, x + 1, ...]. *)
  Lemma log_sum_grows (x n : Z) : (0 < x)%Z -> (0 <= n)%Z -> 
    0 <= log_sum (x + n) - log_sum x /\
    of_Z n <= of_Z (x + n)%Z * (log_sum (x + n) - log_sum x) /\
    of_Z x * (log_sum (x + n) - log_sum x) <= of_Z n /\
    of_Z (2 * n)%Z <= of_Z (x + n + x)%Z * (log_sum (x + n) - log_sum x).
  Proof.
    intros Hx. revert n. apply natlike_ind.
    - rewrite Z.add_0_r. replace (log_sum x - log_sum x) with (@zero K) by ring. rewrite of_Z_0, Z.mul_0_r, of_Z_0.
      replace (of_Z x * 0) with (@zero K) by ring. replace (of_Z (x + x)%Z * 0) with (@zero K) by ring.
      repeat split; apply le_refl.
    - intros n Hn (I0 & I1 & I2 & I3).
      replace (x + Z.succ n)%Z with (x + n + 1)%Z by lia. replace (Z.succ n) with (n + 1)%Z by lia.
      rewrite log_sum_next by lia. set (d := log_sum (x + n) - log_sum x) in *. set (t := log_step (x + n)).
      replace (log_sum (x + n) + t - log_sum x) with (d + t) by (unfold d; ring).
      assert (Ht : 0 <= t).
      { unfold t, log_step. apply le_div; [apply of_Z_pos; lia|].
        replace (0 * of_Z (2 * (x + n) + 1)%Z) with (@zero K) by ring. apply of_Z_nonneg. lia. }
      split; [now apply plus_nonneg|]. split; [|split].
      + rewrite (of_Z_plus K n 1). replace (of_Z (x + n + 1)%Z * (d + t)) with (of_Z (x + n + 1)%Z * d + of_Z (x + n +
        1)%Z * t) by ring.
        apply plus_le2.
        * eapply le_trans; [exact I1|]. rewrite (of_Z_plus K (x + n) 1), of_Z_1.
          apply le_sub. replace ((of_Z (x + n)%Z + 1) * d - of_Z (x + n)%Z * d) with d by ring. exact I0.
        * apply step_above; lia.
      + rewrite (of_Z_plus K n 1). replace (of_Z x * (d + t)) with (of_Z x * d + of_Z x * t) by ring.
        apply plus_le2; [exact I2 | apply step_below; lia].
      + (* 2 (n+1) / (2 x + n + 1) <= 2 n / (2 x + n) + 2 / (2 (x+n) + 1), multiplied out *)
        apply (cancel_le K) with (of_Z (x + n + x)%Z * of_Z (2 * (x + n) + 1)%Z).
        { split; [apply times_nonneg; apply of_Z_nonneg; lia|]. rewrite <- of_Z_times. apply (of_Z_pos K). nia. }
        pose proof (nonzero_pos (2 * (x + n) + 1) ltac:(lia)) as N.
        apply le_trans with (of_Z ((2 * n) * (x + n + 1 + x) * (2 * (x + n) + 1) + 2 * ((x + n + 1 + x) * (x + n +
          x)))%Z).
        * rewrite <- !of_Z_times. apply of_Z_le. nia.
        * rewrite of_Z_plus, (of_Z_times K 2), (of_Z_times K (x + n + 1 + x) (x + n + x)), !(of_Z_times K _ (2 * (x + n)
          + 1)).
          rewrite (of_Z_times K (2 * n) (x + n + 1 + x)).
          replace (of_Z (x + n + x)%Z * of_Z (2 * (x + n) + 1)%Z * (of_Z (x + n + 1 + x)%Z * (d + t)))
            with (of_Z (x + n + 1 + x)%Z * of_Z (2 * (x + n) + 1)%Z * (of_Z (x + n + x)%Z * d)
                  + of_Z 2 * (of_Z (x + n + 1 + x)%Z * of_Z (x + n + x)%Z))
            by (unfold t, log_step; field; exact N).
          apply plus_le2; [|apply le_refl].
          replace (of_Z (2 * n)%Z * of_Z (x + n + 1 + x)%Z * of_Z (2 * (x + n) + 1)%Z)
            with (of_Z (x + n + 1 + x)%Z * of_Z (2 * (x + n) + 1)%Z * of_Z (2 * n)%Z) by ring.
          apply times_le_l; [apply times_nonneg; apply of_Z_nonneg; lia | exact I3].
  Qed.

  (** In every ordered field the premises about the logarithm can be met. *)
  Theorem a_logarithm_exists : log_like K log_sum /\ log_sharp K log_sum.
  Proof.
    split.
    - intros x y Hx Hy. destruct (Z_le_gt_dec x y) as [L|L].
      + destruct (log_sum_grows x (y - x) Hx ltac:(lia)) as (_ & G & _).
        replace (x + (y - x))%Z with y in G by lia. exact G.
      + destruct (log_sum_grows y (x - y) Hy ltac:(lia)) as (_ & _ & G & _).
        replace (y + (x - y))%Z with x in G by lia.
        apply le_sub. apply (proj1 (le_sub _ _ _)) in G.
        replace (of_Z (x - y)%Z) with (- of_Z (y - x)%Z) in G by (rewrite !of_Z_minus; ring).
        replace (of_Z y * (log_sum y - log_sum x) - of_Z (y - x)%Z)
          with (- of_Z (y - x)%Z - of_Z y * (log_sum x - log_sum y)) by ring. exact G.
    - intros x y Hx Hy. destruct (log_sum_grows x (y - x) Hx ltac:(lia)) as (_ & _ & _ & G).
      replace (x + (y - x))%Z with y in G by lia. exact G.
  Qed.
End Steps.

(** T-A over the rational numbers, with that logarithm: no premise is left but those of SPEC.md. *)
Theorem T_A_rational :
  forall (T : Type) (before : T -> T -> Prop), (forall t, before t t) ->
  forall (lnP lnF : T -> Qc) (c : params) (width : Z) (b : band) (source_time now n : Z) (es : list sys_event)
         (moment : Z -> T) (charged : T -> Z) (MDD X eps : Qc),
  params_ok c -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let s := sys_run c width (sys_open b source_time now) es in
  time (led (base s)) - now <= n ->
  largest_fall rationals T before lnP MDD -> bounds_falls rationals T before lnF X ->
  (forall t, charged t <= spent (base s)) ->
  (forall s' u, before s' u ->
     ((lnF u - lnP u) - (lnF s' - lnP s') <= rat rationals (kappa c) * rat rationals (charged u))%Qc) ->
  (forall t b, In (t, b) (hist s) ->
     (log_sum rationals (price_value (low b)) <= lnP (moment t) + eps)%Qc /\
     (lnP (moment t) - eps <= log_sum rationals (price_value (high b)))%Qc) ->
  (0 <= eps)%Qc ->
  (forall s' u, s' < u -> before (moment s') (moment u)) ->
  (MDD <= (X + rat rationals (kappa c) *
             (rat rationals (burst c) + rat rationals (leak c) * of_Z rationals n + (1 + 1) * rat rationals (own_share
               c) * eps))
          / (1 - rat rationals (kappa c) * rat rationals (own_share c)))%Qc.
Proof.
  intros T before Hrefl lnP lnF c width b st now n es moment charged MDD X eps Hc Hb Hnow Hes s Hn HM HX Hch H1 Hobs
    Heps Hmono.
  exact (T_A_closed_loop rationals T before Hrefl lnP lnF (log_sum rationals) (proj1 (a_logarithm_exists rationals))
           c width b st now n es moment charged MDD X eps Hc Hb Hnow Hes Hn HM HX Hch H1 Hobs Heps Hmono).
Qed.
