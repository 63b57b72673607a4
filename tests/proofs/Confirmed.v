(** A run of prices that is shorter than the window hands nothing over and lends nothing more. Spec: T19.

    The system of Observed.v: observations of any band, in the order of their source times, with any other events between
    them, in a state that was opened by a first one. A backstop needs a position that is unhealthy at the highest price of
    the window, and a borrower is held to its lowest. *)

From Coq Require Import ZArith Bool Lia List.
From Damper Require Import Ledger LedgerSafe Observed.
From Damper Require Health.
Import ListNotations.
Local Open Scope Z_scope.

(** The two buckets: the present one, opened by the observation of [opened w], and the one before, opened at [k]. *)
Definition buckets (width : Z) (w : window) (last : Z) (h : list (Z * band)) : Prop :=
  opened w <= last /\ (last = opened w \/ last < opened w + width) /\
  (exists b, In (opened w, b) h) /\
  (forall t b, In (t, b) h -> opened w <= t ->
     price_value (high b) <= price_value (high (current w)) /\ price_value (low (current w)) <= price_value (low b)) /\
  (exists t b, In (t, b) h /\ opened w <= t /\ high b = high (current w)) /\
  exists k, k <= opened w /\
    (forall t b, In (t, b) h -> k <= t < opened w ->
       price_value (high b) <= price_value (high (previous w)) /\ price_value (low (previous w)) <= price_value (low b) /\
       t < k + width) /\
    (exists t b, In (t, b) h /\ k <= t /\ high b = high (previous w)) /\
    ((forall t b, In (t, b) h -> k <= t) \/ (k + width <= opened w /\ exists b, In (k, b) h)).

(** The sides of both buckets are prices. *)
Lemma sides_ok w last h : (forall t b, In (t, b) h -> t <= last /\ band_ok b) -> window_inv w last h ->
  price_ok (high (current w)) = true /\ price_ok (high (previous w)) = true /\
  price_ok (low (current w)) = true /\ price_ok (low (previous w)) = true.
Proof.
  intros Hh ((tl & bl & Il & El) & (tp & bp & Ip & Ep) & k0 & k1 & _ & _ & (t2 & b2 & I2 & _ & E2) & _ & (t4 & b4 & I4 & _ & E4)).
  rewrite <- El, <- Ep, <- E2, <- E4.
  repeat split; [apply (Hh _ _ I2) | apply (Hh _ _ I4) | apply (Hh _ _ Il) | apply (Hh _ _ Ip)].
Qed.

Lemma buckets_step width w last h b t w' : 0 <= width ->
  (forall t b, In (t, b) h -> t <= last /\ band_ok b) -> band_ok b -> window_inv w last h -> last < t ->
  buckets width w last h -> window_observe w b t width = Ok w' -> buckets width w' t ((t, b) :: h).
Proof.
  intros Hwd Hh (Bl & Bh & _) Hw Ht (O1 & O2 & (bo & Io) & C1 & (tc & bc & Ic & Kc & Ec) & k & K1 & K2 & (tp & bp & Ip & Kp & Ep) & K4) W.
  destruct (sides_ok _ _ _ Hh Hw) as (Hc & _ & Lc & _).
  unfold window_observe, since in W. destruct (opened w <=? t) eqn:S; [|easy]. apply Z.leb_le in S. simpl in W.
  destruct (_ <? width) eqn:A; inversion W; subst; clear W; unfold buckets; simpl.
  - apply Z.ltb_lt in A. split; [lia|]. split; [lia|]. split; [eauto|]. split; [|split].
    + intros t' b' [E|I] L; rewrite price_max_value, price_min_value by auto.
      * inversion E; subst. lia.
      * specialize (C1 _ _ I L). lia.
    + destruct (price_max_or (high (current w)) (high b)) as [M|M]; rewrite M.
      * exists tc, bc. auto.
      * exists t, b. split; [auto|]. split; [lia|reflexivity].
    + exists k. split; [lia|]. split; [|split].
      * intros t' b' [E|I] L; [inversion E; subst; lia | eauto].
      * exists tp, bp. auto.
      * destruct K4 as [K4|(K4 & b' & I')]; [left|right].
        -- intros t' b' [E|I]; [inversion E; subst; lia | eauto].
        -- split; [lia|]. eauto.
  - apply Z.ltb_ge in A. split; [lia|]. split; [auto|]. split; [eauto|]. split; [|split].
    + intros t' b' [E|I] L; [inversion E; subst; lia | apply Hh in I; lia].
    + exists t, b. split; [auto|]. split; [lia|reflexivity].
    + destruct (width =? 0) eqn:Z0.
      * apply Z.eqb_eq in Z0. exists t. split; [lia|]. split; [|split].
        -- lia.
        -- exists t, b. split; [auto|]. split; [lia|reflexivity].
        -- right. split; [lia|eauto].
      * exists (opened w). split; [lia|]. split; [|split].
        -- intros t' b' [E|I] L; [inversion E; subst; lia|].
           specialize (C1 _ _ I ltac:(lia)). pose proof (proj1 (Hh _ _ I)). apply Z.eqb_neq in Z0.
           split; [tauto|]. split; [tauto|]. lia.
        -- exists tc, bc. auto.
        -- right. split; [lia|eauto].
Qed.

Lemma buckets_run c width b t now es : params_ok c -> 0 <= width -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let s := sys_run c width (sys_open b t now) es in
  sys_inv s /\ buckets width (win s) (last s) (hist s).
Proof.
  intros Hc Hwd Hb Hn Hes. cbv zeta.
  assert (Start : buckets width (win (sys_open b t now)) (last (sys_open b t now)) (hist (sys_open b t now))).
  { unfold buckets; simpl. split; [lia|]. split; [auto|]. split; [eauto|]. split; [|split].
    - intros t' b' [E|[]] _. inversion E; subst. lia.
    - exists t, b. split; [auto|]. split; [lia|reflexivity].
    - exists t. split; [lia|]. split; [|split].
      + lia.
      + exists t, b. split; [auto|]. split; [lia|reflexivity].
      + left. intros t' b' [E|[]]. inversion E; subst. lia. }
  generalize (sys_inv_open b t now Hb Hn) Start. clear Start. unfold sys_run. generalize (sys_open b t now).
  induction Hes as [|e es He Hes IH]; intros s I B; simpl; [auto|].
  apply IH; [now apply sys_inv_step|].
  destruct e as [u bu|e]; simpl; [|exact B].
  destruct (last s <? u) eqn:T; [|exact B]. apply Z.ltb_lt in T.
  destruct (window_observe (win s) bu u width) as [w|] eqn:W; [|exact B]. simpl.
  destruct I as (Hh & Hw & _). eapply buckets_step; eauto.
Qed.

(** T19 (i), (ii), of the window. The observation before a run that began at [f] and is shorter than the window bounds its
    extremes, whatever the run says: the highest price is at least that observation's high side, the lowest at most its
    low side. *)
Theorem T19_short_run : forall c width b t0 now es s bs f,
  params_ok c -> 0 <= width -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let y := sys_run c width (sys_open b t0 now) es in
  In (s, bs) (hist y) -> s < f -> (forall t b', In (t, b') (hist y) -> s < t -> f <= t) -> last y - f < width ->
  price_value (high bs) <= price_value (window_high (win y)) /\ price_value (window_low (win y)) <= price_value (low bs).
Proof.
  intros c width b t0 now es s bs f Hc Hwd Hb Hn Hes y Is Hsf Hrun Hshort.
  destruct (buckets_run c width b t0 now es Hc Hwd Hb Hn Hes) as [(Hh & Hw & _) B]. fold y in Hh, Hw, B.
  destruct (sides_ok _ _ _ Hh Hw) as (Hhc & Hhp & Hlc & Hlp).
  destruct B as (O1 & O2 & (bo & Io) & C1 & _ & k & K1 & K2 & _ & K4).
  unfold window_high, window_low. rewrite price_max_value, price_min_value by auto.
  assert (K : k <= s).
  { destruct K4 as [K4|(K4 & bk & Ik)]; [eauto|].
    destruct (Z_le_gt_dec k s) as [L|L]; [exact L|]. pose proof (Hrun _ _ Ik ltac:(lia)). lia. }
  destruct (Z_le_gt_dec (opened (win y)) s) as [L|L].
  - destruct (C1 _ _ Is L). lia.
  - destruct (K2 _ _ Is ltac:(lia)) as (? & ? & _). lia.
Qed.

(** T19 (i). So no backstop: a position in the market's own assets that is healthy (D10) at the high side of that
    observation is healthy at the highest price of the window. Prices in steps of 2^-191. *)
Theorem T19_i_no_backstop : forall c width b t0 now es s bs f C d t,
  params_ok c -> 0 <= width -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let y := sys_run c width (sys_open b t0 now) es in
  In (s, bs) (hist y) -> s < f -> (forall u b', In (u, b') (hist y) -> s < u -> f <= u) -> last y - f < width ->
  0 <= C -> 0 <= t ->
  d <= Health.weighted_value C (price_value (high bs)) (2 ^ 191) t ->
  d <= Health.weighted_value C (price_value (window_high (win y))) (2 ^ 191) t.
Proof.
  intros c width b t0 now es s bs f C d t Hc Hwd Hb Hn Hes y Is Hsf Hrun Hshort HC Ht H.
  destruct (T19_short_run c width b t0 now es s bs f Hc Hwd Hb Hn Hes Is Hsf Hrun Hshort) as [Hi _]. fold y in Hi.
  destruct (buckets_run c width b t0 now es Hc Hwd Hb Hn Hes) as [(Hh & _) _]. fold y in Hh.
  pose proof (price_value_pos _ (proj1 (proj2 (proj2 (Hh _ _ Is))))).
  eapply Health.D10_monotone; try exact H; try reflexivity; lia.
Qed.

(** T19 (ii). Nor credit: what may be owed (D10) at the lowest price of the window may be owed at the low side of that
    observation. *)
Theorem T19_ii_no_credit : forall c width b t0 now es s bs f C d t,
  params_ok c -> 0 <= width -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let y := sys_run c width (sys_open b t0 now) es in
  In (s, bs) (hist y) -> s < f -> (forall u b', In (u, b') (hist y) -> s < u -> f <= u) -> last y - f < width ->
  0 <= C -> 0 <= t ->
  d <= Health.weighted_value C (price_value (window_low (win y))) (2 ^ 191) t ->
  d <= Health.weighted_value C (price_value (low bs)) (2 ^ 191) t.
Proof.
  intros c width b t0 now es s bs f C d t Hc Hwd Hb Hn Hes y Is Hsf Hrun Hshort HC Ht H.
  destruct (T19_short_run c width b t0 now es s bs f Hc Hwd Hb Hn Hes Is Hsf Hrun Hshort) as [_ Lo]. fold y in Lo.
  destruct (buckets_run c width b t0 now es Hc Hwd Hb Hn Hes) as [(Hh & Hw & _) _]. fold y in Hh, Hw.
  destruct (sides_ok _ _ _ Hh Hw) as (_ & _ & Lc & Lp).
  assert (P : 0 < price_value (window_low (win y))) by (apply price_value_pos, price_min_ok; auto).
  eapply Health.D10_monotone; try exact H; try reflexivity; lia.
Qed.

(** T19 (iii), of the window. If every high side from [f] on is at most [p], and each of those observations but the one at
    [f] follows one of them by at most [g], then at a source time of [f + 2 w + g] or later the highest price of the window
    is at most [p]. *)
Theorem T19_iii_confirmed : forall c width b t0 now es f bf g p,
  params_ok c -> 0 < width -> band_ok b -> 0 <= now -> Forall sys_event_ok es -> 0 <= g ->
  let y := sys_run c width (sys_open b t0 now) es in
  In (f, bf) (hist y) ->
  (forall t b', In (t, b') (hist y) -> f <= t -> price_value (high b') <= p) ->
  (forall t b', In (t, b') (hist y) -> f < t -> exists t' b'', In (t', b'') (hist y) /\ f <= t' < t /\ t <= t' + g) ->
  f + 2 * width + g <= last y ->
  price_value (window_high (win y)) <= p.
Proof.
  intros c width b t0 now es f bf g p Hc Hwd Hb Hn Hes Hg y If Hp Hgap Hlong.
  destruct (buckets_run c width b t0 now es Hc ltac:(lia) Hb Hn Hes) as [(Hh & Hw & _) B]. fold y in Hh, Hw, B.
  destruct (sides_ok _ _ _ Hh Hw) as (Hhc & Hhp & _).
  destruct B as (O1 & O2 & (bo & Io) & _ & (tc & bc & Ic & Kc & Ec) & k & K1 & K2 & (tp & bp & Ip & Kp & Ep) & _).
  assert (K : f <= k).
  { destruct (Z_le_gt_dec f k) as [L|L]; [exact L|exfalso].
    destruct (Z_lt_le_dec (opened (win y)) f) as [M|M]; [lia|].
    destruct (Z.eq_dec (opened (win y)) f) as [M'|M'].
    - lia.
    - destruct (Hgap _ _ Io ltac:(lia)) as (t' & b' & I' & T1 & T2).
      destruct (K2 _ _ I' ltac:(lia)) as (_ & _ & T3). lia. }
  unfold window_high. rewrite price_max_value by auto. rewrite <- Ec, <- Ep.
  pose proof (Hp _ _ Ic ltac:(lia)). pose proof (Hp _ _ Ip ltac:(lia)). lia.
Qed.
