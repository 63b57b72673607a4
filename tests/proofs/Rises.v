(** The mirrored ledger of purchases behind its window: hypothesis (H2) of T5 (iv) for rises, proved. As Observed.v with
    up and down exchanged; there is no re-anchoring of purchases. Spec: D24, T5 (iv). *)

From Coq Require Import ZArith Bool Lia List Field.
From Damper Require Import Ledger LedgerSafe Ordered Observed TheoremA.
Import ListNotations.
Local Open Scope Z_scope.

Definition rise_event_ok (e : sys_event) : Prop :=
  match e with
  | Observe _ b => band_ok b
  | Act (Prices _ _) | Act (Rises _ _) | Act (Reanchor _) => False
  | Act e => event_ok e
  end.

Definition rise_open (b : band) (source_time now : Z) : system :=
  mk_system (start (ledger_open_rise b now)) (window_open b source_time) source_time [(source_time, b)].

Definition rise_step (c : params) (width : Z) (s : system) (e : sys_event) : system :=
  match e with
  | Observe t b =>
      if last s <? t then
        match window_observe (win s) b t width with
        | Ok w => mk_system (step c (base s) (Rises (window_low w) (window_high w))) w t ((t, b) :: hist s)
        | Err _ => s
        end
      else s
  | Act e => mk_system (step c (base s) e) (win s) (last s) (hist s)
  end.

Definition rise_run (c : params) (width : Z) (s : system) (es : list sys_event) : system :=
  fold_left (rise_step c width) es s.

(** A rise is zero, or at most that from the high side of one observation to the low side of a later one, as a part of
    the latter. *)
Definition rise_seen (h : list (Z * band)) (d : Z) : Prop :=
  d <= 0 \/
  exists s bs u bu, In (s, bs) h /\ In (u, bu) h /\ s < u /\
    d * price_value (low bu) <= (price_value (low bu) - price_value (high bs)) * ONE.

Lemma rise_seen_more h o d : rise_seen h d -> rise_seen (o :: h) d.
Proof. intros [H|(s & bs & u & bu & H1 & H2 & H)]; [now left|right]. exists s, bs, u, bu. simpl. tauto. Qed.

Definition low_inv (w : window) (last : Z) (h : list (Z * band)) : Prop :=
  (exists t b, In (t, b) h /\ high b = high (current w)) /\
  (exists t b, In (t, b) h /\ high b = high (previous w)) /\
  exists k0 k1, k0 <= k1 <= last /\
    (forall t b, In (t, b) h -> k1 <= t -> price_value (low (current w)) <= price_value (low b)) /\
    (exists t b, In (t, b) h /\ k1 <= t /\ low b = low (current w)) /\
    (forall t b, In (t, b) h -> k0 <= t < k1 -> price_value (low (previous w)) <= price_value (low b)) /\
    (exists t b, In (t, b) h /\ k0 <= t /\ low b = low (previous w)).

Lemma low_inv_step w last h b t width w' :
  (forall t b, In (t, b) h -> t <= last /\ band_ok b) -> band_ok b -> low_inv w last h -> last < t ->
  window_observe w b t width = Ok w' -> low_inv w' t ((t, b) :: h).
Proof.
  intros Hh (Bl & Bh & Blh) ((tl & bl & Il & El) & (tp & bp & Ip & Ep) & k0 & k1 & Hk & H1 & H2 & H3 & H4) Ht W.
  unfold window_observe, since in W. destruct (opened w <=? t); [|easy]. simpl in W.
  assert (Hlc : price_ok (low (current w)) = true).
  { destruct H2 as (? & ? & I & _ & E). rewrite <- E. apply Hh in I. apply I. }
  destruct (_ <? width); inversion W; subst; clear W; unfold low_inv; simpl.
  - split.
    { destruct (price_max_or (high (current w)) (high b)) as [E|E]; rewrite E.
      - exists tl, bl. auto.
      - exists t, b. auto. }
    split. { exists tp, bp. auto. }
    exists k0, k1. split; [lia|]. split; [|split; [|split]].
    + intros t' b' [E|I] Hk1; rewrite price_min_value by auto.
      * inversion E; subst. lia.
      * specialize (H1 _ _ I Hk1). lia.
    + destruct H2 as (t2 & b2 & I & K & E). destruct (price_min_or (low (current w)) (low b)) as [M|M]; rewrite M.
      * exists t2, b2. auto.
      * exists t, b. split; [auto|]. split; [lia|reflexivity].
    + intros t' b' [E|I] Hk1; [inversion E; subst; lia | eauto].
    + destruct H4 as (t4 & b4 & I & K & E). exists t4, b4. auto.
  - destruct (width =? 0).
    + split. { exists t, b. auto. } split. { exists t, b. auto. }
      exists t, t. split; [lia|]. split; [|split; [|split]].
      * intros t' b' [E|I] Hk1; [inversion E; subst; lia | apply Hh in I; lia].
      * exists t, b. split; [auto|]. split; [lia|reflexivity].
      * lia.
      * exists t, b. split; [auto|]. split; [lia|reflexivity].
    + split. { exists t, b. auto. } split. { exists tl, bl. auto. }
      exists k1, t. split; [lia|]. split; [|split; [|split]].
      * intros t' b' [E|I] Hk1; [inversion E; subst; lia | apply Hh in I; lia].
      * exists t, b. split; [auto|]. split; [lia|reflexivity].
      * intros t' b' [E|I] Hk1; [inversion E; subst; lia | apply (H1 _ _ I); lia].
      * destruct H2 as (t2 & b2 & I & K & E). exists t2, b2. auto.
Qed.

Lemma low_extremes w last h :
  (forall t b, In (t, b) h -> t <= last /\ band_ok b) -> low_inv w last h ->
  (exists t b, In (t, b) h /\ high b = window_high w) /\
  (exists u bu, In (u, bu) h /\ low bu = window_low w /\
     forall t b, In (t, b) h -> u <= t -> price_value (window_low w) <= price_value (low b)).
Proof.
  intros Hh ((tl & bl & Il & El) & (tp & bp & Ip & Ep) & k0 & k1 & Hk & H1 & H2 & H3 & H4).
  destruct H2 as (t2 & b2 & I2 & K2 & E2). destruct H4 as (t4 & b4 & I4 & K4 & E4).
  assert (Hlc : price_ok (low (current w)) = true) by (rewrite <- E2; apply (Hh _ _ I2)).
  assert (Hlp : price_ok (low (previous w)) = true) by (rewrite <- E4; apply (Hh _ _ I4)).
  split.
  - unfold window_high. destruct (price_max_or (high (current w)) (high (previous w))) as [E|E]; rewrite E; eauto.
  - assert (All : forall t b, In (t, b) h -> k0 <= t -> price_value (window_low w) <= price_value (low b)).
    { intros t b I K. unfold window_low. rewrite price_min_value by auto.
      destruct (Z_lt_le_dec t k1) as [L|L].
      - specialize (H3 _ _ I (conj K L)). lia.
      - specialize (H1 _ _ I L). lia. }
    unfold window_low in *. destruct (price_min_or (low (current w)) (low (previous w))) as [E|E]; rewrite E in *.
    + exists t2, b2. repeat split; auto. intros t b I K. apply (All t b I). lia.
    + exists t4, b4. repeat split; auto. intros t b I K. apply (All t b I). lia.
Qed.

Definition rise_inv (s : system) : Prop :=
  (forall t b, In (t, b) (hist s) -> t <= last s /\ band_ok b) /\
  low_inv (win s) (last s) (hist s) /\
  ledger_ok (led (base s)) /\
  (exists t b, In (t, b) (hist s) /\ price_value (high b) <= price_value (lowest (led (base s)))) /\
  rise_seen (hist s) (drawdown (led (base s))) /\
  rise_seen (hist s) (used (base s)).

Lemma rise_inv_step c width s e : params_ok c -> rise_event_ok e -> rise_inv s -> rise_inv (rise_step c width s e).
Proof.
  intros Hc He I. pose proof ONE_pos as O.
  destruct e as [t b|e]; simpl.
  - destruct (last s <? t) eqn:T; [|exact I]. apply Z.ltb_lt in T.
    destruct (window_observe (win s) b t width) as [w|] eqn:W; [|exact I].
    destruct I as (Hh & Hw & Hl & (tr & br & Ir & Er) & Hd & Hu). simpl in He.
    pose proof (low_inv_step _ _ _ _ _ _ _ Hh He Hw T W) as Hw'.
    assert (Hh' : forall t' b', In (t', b') ((t, b) :: hist s) -> t' <= t /\ band_ok b').
    { intros t' b' [E|I]; [inversion E; subst; split; [lia|exact He] | apply Hh in I; split; [lia | apply I]]. }
    destruct (low_extremes _ _ _ Hh' Hw') as [(tl & bl & Il & El) (u & bu & Iu & Eu & Au)].
    assert (Hhi : price_ok (window_high w) = true) by (rewrite <- El; apply (Hh' _ _ Il)).
    assert (Hlo : price_ok (window_low w) = true) by (rewrite <- Eu; apply (Hh' _ _ Iu)).
    assert (Hev : event_ok (Rises (window_low w) (window_high w))) by (split; assumption).
    pose proof (step_ok c (base s) _ Hc Hl Hev) as Hl'.
    unfold rise_inv; simpl. simpl in Hl'.
    split; [exact Hh'|]. split; [exact Hw'|]. split; [exact Hl'|].
    pose proof Hl as (Hr & Hm & _).
    unfold ledger_see_rise. destruct (price_le _ _) eqn:P1; [|destruct (price_lt _ _) eqn:P2]; simpl.
    + split. { exists tl, bl. rewrite El. split; [exact Il | lia]. }
      split; [left; lia | now apply rise_seen_more].
    + split. { exists tr, br. simpl. split; [now right|exact Er]. }
      split; [|now apply rise_seen_more].
      destruct (D3_drawdown_floor (lowest (led (base s))) (window_low w) Hm Hlo) as (D1 & D2 & D3).
      destruct (Z_lt_le_dec tr u) as [L|L].
      * destruct (Z_le_gt_dec (drawdown_floor (lowest (led (base s))) (window_low w)) 0) as [Z0|Z0]; [now left|right].
        exists tr, br, u, bu. rewrite Eu. split; [now right|]. split; [exact Iu|]. split; [exact L|].
        specialize (D2 ltac:(lia)). nia.
      * left. rewrite D3; [lia|]. pose proof (Au tr br (or_intror Ir) L) as A. destruct (Hh _ _ Ir) as (_ & _ & _ & B).
        lia.
    + split. { exists tr, br. simpl. split; [now right|exact Er]. }
      split; now apply rise_seen_more.
  - destruct I as (Hh & Hw & Hl & (tr & br & Ir & Er) & Hd & Hu).
    assert (Hev : event_ok e) by (destruct e; simpl in He |- *; auto; contradiction).
    pose proof (step_ok c (base s) e Hc Hl Hev) as Hl'.
    unfold rise_inv; simpl. split; [exact Hh|]. split; [exact Hw|]. split; [exact Hl'|].
    unfold step. destruct (apply_event c (led (base s)) e) as [l'|] eqn:A; [|eauto 8].
    assert (Max : rise_seen (hist s) (Z.max (used (base s)) (drawdown (led (base s))))).
    { destruct (Z.max_spec (used (base s)) (drawdown (led (base s)))) as [[_ E]|[_ E]]; rewrite E; assumption. }
    destruct e; simpl in A, He, Hev; try contradiction.
    + pose proof (advance_spec c (led (base s)) now Hc Hl Hev) as S. rewrite A in S. destruct S as (S & _). rewrite S.
      simpl.
      eauto 8.
    + pose proof (reserve_spec c (led (base s)) impact Hc Hl Hev) as S. rewrite A in S. destruct S as (-> & _). simpl.
      eauto 8.
    + pose proof (charge_spec c (led (base s)) impact Hc Hl Hev) as S. rewrite A in S. destruct S as (-> & _). simpl.
      eauto 8.
    + inversion A; subst. simpl. eauto 8.
Qed.

Lemma rise_inv_open b t now : band_ok b -> 0 <= now -> rise_inv (rise_open b t now).
Proof.
  intros Hb Hn. pose proof Hb as (Bl & Bh & Blh). unfold rise_inv, rise_open; simpl.
  split. { intros t' b' [E|[]]. inversion E; subst. split; [lia|exact Hb]. }
  split.
  { unfold low_inv; simpl. split; [exists t, b; auto|]. split; [exists t, b; auto|].
    exists t, t. split; [lia|]. split; [|split; [|split]].
    - intros t' b' [E|[]] _. inversion E; subst. lia.
    - exists t, b. split; [auto|]. split; [lia|reflexivity].
    - intros. lia.
    - exists t, b. split; [auto|]. split; [lia|reflexivity]. }
  split; [now apply open_rise_ok|]. split; [exists t, b; split; [auto|lia]|]. split; left; lia.
Qed.

Lemma rise_inv_run c width b t now es : params_ok c -> band_ok b -> 0 <= now -> Forall rise_event_ok es ->
  rise_inv (rise_run c width (rise_open b t now) es).
Proof.
  intros Hc Hb Hn Hes. unfold rise_run. generalize (rise_inv_open b t now Hb Hn). generalize (rise_open b t now).
  induction Hes as [|e es He Hes IH]; intros s I; simpl; auto. apply IH, rise_inv_step; auto.
Qed.

(** (H2) for rises, the part of the crate: the largest rise at which a purchase was permitted is zero, or at most the
    rise between two accepted observations, from the high side of one to the low side of a later one. *)
Theorem H2_used_rise_is_seen : forall c width b t now es,
  params_ok c -> band_ok b -> 0 <= now -> Forall rise_event_ok es ->
  let s := rise_run c width (rise_open b t now) es in
  rise_seen (hist s) (used (base s)).
Proof. intros. apply rise_inv_run; auto. Qed.

Section Rise.
  Variable K : ordered_field.
  Add Field K_field_rise : (is_field K).
  Notation of_Z := (of_Z K).
  Local Open Scope field_scope.
  Variable T : Type.
  Variable before : T -> T -> Prop.
  Variable lnP : T -> K.
  Variable log : Z -> K.
  Hypothesis Hlog : log_like K log.

  (** Such a rise is at most the largest rise [MRU] of the log-price and twice [eps]. *)
  Theorem H2_seen_is_risen (moment : Z -> T) (h : list (Z * band)) (d : Z) (MRU eps : K) :
    (forall t b, In (t, b) h -> band_ok b) ->
    (forall s u, (s < u)%Z -> before (moment s) (moment u)) ->
    (forall t b, In (t, b) h ->
       log (price_value (low b)) <= lnP (moment t) + eps /\ lnP (moment t) - eps <= log (price_value (high b))) ->
    0 <= eps -> 0 <= MRU ->
    bounds_falls K T before (fun t => - lnP t) MRU -> rise_seen h d -> rat K d <= MRU + (1 + 1) * eps.
  Proof.
    intros Hok Hmono Hobs Heps HM0 Hrise [Z0|(s & bs & u & bu & Is & Iu & Hsu & Hle)].
    - apply le_trans with 0; [rewrite <- (rat_0 K); now apply rat_le|].
      apply plus_nonneg; [exact HM0|]. apply times_nonneg; [apply plus_nonneg; apply one_nonneg | exact Heps].
    - destruct (Hok _ _ Is) as (_ & Hs & _). destruct (Hok _ _ Iu) as (Lu & _).
      apply price_value_pos in Hs, Lu.
      destruct (Hobs _ _ Is) as [_ Os]. destruct (Hobs _ _ Iu) as [Ou _].
      set (x := price_value (high bs)) in *. set (y := price_value (low bu)) in *.
      pose proof (Hlog x y Hs Lu) as L. pose proof (ONE_nonzero K) as N.
      assert (D : rat K d <= log y - log x).
      { apply cancel_le with (of_Z y * of_Z ONE).
        - split; [apply times_nonneg; apply of_Z_nonneg; pose proof ONE_pos; lia|].
          rewrite <- of_Z_times. apply (of_Z_pos K (y * ONE)%Z). pose proof ONE_pos. nia.
        - replace (of_Z y * of_Z ONE * rat K d) with (of_Z (d * y)%Z)
            by (unfold rat; rewrite of_Z_times; field; exact N).
          apply le_trans with (of_Z ((y - x) * ONE)%Z); [now apply of_Z_le|].
          rewrite of_Z_times. replace (of_Z y * of_Z ONE * (log y - log x))
            with (of_Z ONE * (of_Z y * (log y - log x))) by ring.
          replace (of_Z (y - x)%Z * of_Z ONE) with (of_Z ONE * of_Z (y - x)%Z) by ring.
          apply times_le_l; [apply of_Z_nonneg; pose proof ONE_pos; lia | exact L]. }
      eapply le_trans; [exact D|]. specialize (Hrise _ _ (Hmono _ _ Hsu)). cbv beta in Hrise.
      apply le_sub. apply (proj1 (le_sub _ _ _)) in Os, Ou, Hrise.
      replace (MRU + (1 + 1) * eps - (log y - log x))
        with ((lnP (moment u) + eps - log y) + (log x - (lnP (moment s) - eps))
              + (MRU - (- lnP (moment s) - - lnP (moment u)))) by ring.
      apply plus_nonneg; [apply plus_nonneg|]; assumption.
  Qed.
End Rise.
