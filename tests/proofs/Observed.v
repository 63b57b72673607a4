(** The ledger behind its window, and on which observations a drawdown rests: hypothesis (H2) of T-A, proved.

    Observations come with a source time and a band. One that is not later than the last accepted one is refused (A2),
    so nothing is asked of their order, age or number; refusing more of them (stale, too wide) leaves a shorter list.
    The window has any width. Between observations come any other events of LedgerSafe.v, re-anchoring among them. Spec:
    D4, D5, T-A. *)

From Coq Require Import ZArith Bool Lia List.
From Damper Require Import Ledger LedgerSafe.
Import ListNotations.
Local Open Scope Z_scope.

Definition band_ok (b : band) : Prop :=
  price_ok (low b) = true /\ price_ok (high b) = true /\ price_value (low b) <= price_value (high b).

Record system : Set := mk_system {
  base : run_state;
  win : window;
  last : Z;
  hist : list (Z * band)
}.

Inductive sys_event : Set :=
| Observe (source_time : Z) (b : band)
| Act (e : event).

(** Prices reach the ledger through the window alone. *)
Definition sys_event_ok (e : sys_event) : Prop :=
  match e with
  | Observe _ b => band_ok b
  | Act (Prices _ _) | Act (Rises _ _) => False
  | Act e => event_ok e
  end.

Definition sys_open (b : band) (source_time now : Z) : system :=
  mk_system (start (ledger_open b now)) (window_open b source_time) source_time [(source_time, b)].

Definition sys_step (c : params) (width : Z) (s : system) (e : sys_event) : system :=
  match e with
  | Observe t b =>
      if last s <? t then
        match window_observe (win s) b t width with
        | Ok w => mk_system (step c (base s) (Prices (window_low w) (window_high w))) w t ((t, b) :: hist s)
        | Err _ => s
        end
      else s
  | Act e => mk_system (step c (base s) e) (win s) (last s) (hist s)
  end.

Definition sys_run (c : params) (width : Z) (s : system) (es : list sys_event) : system := fold_left (sys_step c width)
  es s.

(** A drawdown rests on two accepted observations: it is zero, or it is at most the fall from the low side of one to the
    high side of a later one. *)
Definition fall_seen (h : list (Z * band)) (d : Z) : Prop :=
  d <= 0 \/
  exists s bs u bu, In (s, bs) h /\ In (u, bu) h /\ s < u /\
    d * price_value (low bs) <= (price_value (low bs) - price_value (high bu)) * ONE.

Lemma fall_seen_more h o d : fall_seen h d -> fall_seen (o :: h) d.
Proof.
  intros [H|(s & bs & u & bu & H1 & H2 & H)]; [now left|right]. exists s, bs, u, bu. simpl. tauto.
Qed.

Definition window_inv (w : window) (last : Z) (h : list (Z * band)) : Prop :=
  (exists t b, In (t, b) h /\ low b = low (current w)) /\
  (exists t b, In (t, b) h /\ low b = low (previous w)) /\
  exists k0 k1, k0 <= k1 <= last /\
    (forall t b, In (t, b) h -> k1 <= t -> price_value (high b) <= price_value (high (current w))) /\
    (exists t b, In (t, b) h /\ k1 <= t /\ high b = high (current w)) /\
    (forall t b, In (t, b) h -> k0 <= t < k1 -> price_value (high b) <= price_value (high (previous w))) /\
    (exists t b, In (t, b) h /\ k0 <= t /\ high b = high (previous w)).

Definition sys_inv (s : system) : Prop :=
  (forall t b, In (t, b) (hist s) -> t <= last s /\ band_ok b) /\
  window_inv (win s) (last s) (hist s) /\
  ledger_ok (led (base s)) /\
  (exists t b, In (t, b) (hist s) /\ price_value (reference (led (base s))) <= price_value (low b)) /\
  fall_seen (hist s) (drawdown (led (base s))) /\
  fall_seen (hist s) (used (base s)).

(** The window keeps its extremes among what was observed from some source time on. *)
Lemma window_inv_step w last h b t width w' :
  (forall t b, In (t, b) h -> t <= last /\ band_ok b) -> band_ok b -> window_inv w last h -> last < t ->
  window_observe w b t width = Ok w' -> window_inv w' t ((t, b) :: h).
Proof.
  intros Hh (Bl & Bh & Blh) ((tl & bl & Il & El) & (tp & bp & Ip & Ep) & k0 & k1 & Hk & H1 & H2 & H3 & H4) Ht W.
  unfold window_observe, since in W. destruct (opened w <=? t); [|easy]. simpl in W.
  assert (Hhc : price_ok (high (current w)) = true).
  { destruct H2 as (? & ? & I & _ & E). rewrite <- E. apply Hh in I. apply I. }
  destruct (_ <? width); inversion W; subst; clear W; unfold window_inv; simpl.
  - split.
    { destruct (price_min_or (low (current w)) (low b)) as [E|E]; rewrite E.
      - exists tl, bl. auto.
      - exists t, b. auto. }
    split. { exists tp, bp. auto. }
    exists k0, k1. split; [lia|]. split; [|split; [|split]].
    + intros t' b' [E|I] Hk1; rewrite price_max_value by auto.
      * inversion E; subst. lia.
      * specialize (H1 _ _ I Hk1). lia.
    + destruct H2 as (t2 & b2 & I & K & E). destruct (price_max_or (high (current w)) (high b)) as [M|M]; rewrite M.
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

(** The low side of the window was observed; its high side was observed at a source time from which on it is the
    highest. *)
Lemma window_extremes w last h :
  (forall t b, In (t, b) h -> t <= last /\ band_ok b) -> window_inv w last h ->
  (exists t b, In (t, b) h /\ low b = window_low w) /\
  (exists u bu, In (u, bu) h /\ high bu = window_high w /\
     forall t b, In (t, b) h -> u <= t -> price_value (high b) <= price_value (window_high w)).
Proof.
  intros Hh ((tl & bl & Il & El) & (tp & bp & Ip & Ep) & k0 & k1 & Hk & H1 & H2 & H3 & H4).
  destruct H2 as (t2 & b2 & I2 & K2 & E2). destruct H4 as (t4 & b4 & I4 & K4 & E4).
  assert (Hhc : price_ok (high (current w)) = true) by (rewrite <- E2; apply (Hh _ _ I2)).
  assert (Hhp : price_ok (high (previous w)) = true) by (rewrite <- E4; apply (Hh _ _ I4)).
  split.
  - unfold window_low. destruct (price_min_or (low (current w)) (low (previous w))) as [E|E]; rewrite E; eauto.
  - assert (All : forall t b, In (t, b) h -> k0 <= t -> price_value (high b) <= price_value (window_high w)).
    { intros t b I K. unfold window_high. rewrite price_max_value by auto.
      destruct (Z_lt_le_dec t k1) as [L|L].
      - specialize (H3 _ _ I (conj K L)). lia.
      - specialize (H1 _ _ I L). lia. }
    unfold window_high in *. destruct (price_max_or (high (current w)) (high (previous w))) as [E|E]; rewrite E in *.
    + exists t2, b2. repeat split; auto. intros t b I K. apply (All t b I). lia.
    + exists t4, b4. repeat split; auto. intros t b I K. apply (All t b I). lia.
Qed.

Lemma sys_inv_step c width s e : params_ok c -> sys_event_ok e -> sys_inv s -> sys_inv (sys_step c width s e).
Proof.
  intros Hc He I. pose proof ONE_pos as O.
  destruct e as [t b|e]; simpl.
  - destruct (last s <? t) eqn:T; [|exact I]. apply Z.ltb_lt in T.
    destruct (window_observe (win s) b t width) as [w|] eqn:W; [|exact I].
    destruct I as (Hh & Hw & Hl & (tr & br & Ir & Er) & Hd & Hu). simpl in He.
    pose proof (window_inv_step _ _ _ _ _ _ _ Hh He Hw T W) as Hw'.
    assert (Hh' : forall t' b', In (t', b') ((t, b) :: hist s) -> t' <= t /\ band_ok b').
    { intros t' b' [E|I]; [inversion E; subst; split; [lia|exact He] | apply Hh in I; split; [lia | apply I]]. }
    destruct (window_extremes _ _ _ Hh' Hw') as [(tl & bl & Il & El) (u & bu & Iu & Eu & Au)].
    assert (Hlo : price_ok (window_low w) = true) by (rewrite <- El; apply (Hh' _ _ Il)).
    assert (Hhi : price_ok (window_high w) = true) by (rewrite <- Eu; apply (Hh' _ _ Iu)).
    assert (Hev : event_ok (Prices (window_low w) (window_high w))) by (split; assumption).
    pose proof (step_ok c (base s) _ Hc Hl Hev) as Hl'.
    unfold sys_inv; simpl. simpl in Hl'.
    split; [exact Hh'|]. split; [exact Hw'|]. split; [exact Hl'|].
    pose proof Hl as (Hr & Hm & _).
    unfold ledger_see. destruct (price_le _ _) eqn:P1; [|destruct (price_lt _ _) eqn:P2]; simpl.
    + split. { exists tl, bl. rewrite El. split; [exact Il | lia]. }
      split; [left; lia | now apply fall_seen_more].
    + split. { exists tr, br. simpl. split; [now right|exact Er]. }
      split; [|now apply fall_seen_more].
      destruct (D3_drawdown_floor (window_high w) (reference (led (base s))) Hhi Hr) as (D1 & D2 & D3).
      destruct (Z_lt_le_dec tr u) as [L|L].
      * destruct (Z_le_gt_dec (drawdown_floor (window_high w) (reference (led (base s)))) 0) as [Z0|Z0]; [now left|right].
        exists tr, br, u, bu. rewrite Eu. split; [now right|]. split; [exact Iu|]. split; [exact L|].
        specialize (D2 ltac:(lia)). nia.
      * left. rewrite D3; [lia|]. pose proof (Au tr br (or_intror Ir) L) as A. destruct (Hh _ _ Ir) as (_ & _ & _ & B).
        lia.
    + split. { exists tr, br. simpl. split; [now right|exact Er]. }
      split; now apply fall_seen_more.
  - destruct I as (Hh & Hw & Hl & (tr & br & Ir & Er) & Hd & Hu).
    assert (Hev : event_ok e) by (destruct e; simpl in He |- *; auto; contradiction).
    pose proof (step_ok c (base s) e Hc Hl Hev) as Hl'.
    unfold sys_inv; simpl. split; [exact Hh|]. split; [exact Hw|]. split; [exact Hl'|].
    unfold step. destruct (apply_event c (led (base s)) e) as [l'|] eqn:A; [|eauto 8].
    assert (Max : fall_seen (hist s) (Z.max (used (base s)) (drawdown (led (base s))))).
    { destruct (Z.max_spec (used (base s)) (drawdown (led (base s)))) as [[_ E]|[_ E]]; rewrite E; assumption. }
    destruct e; simpl in A, He, Hev; try contradiction.
    + pose proof (advance_spec c (led (base s)) now Hc Hl Hev) as S. rewrite A in S. destruct S as (S & _). rewrite S.
      simpl.
      eauto 8.
    + unfold ledger_reanchor in A. destruct (price_lt _ _) eqn:P; inversion A; subst; simpl.
      apply price_lt_false in P; [|apply Hl|exact Hev].
      split; [exists tr, br; split; [exact Ir|lia]|]. split; [left; lia|exact Hu].
    + pose proof (reserve_spec c (led (base s)) impact Hc Hl Hev) as S. rewrite A in S. destruct S as (-> & _). simpl.
      eauto 8.
    + pose proof (charge_spec c (led (base s)) impact Hc Hl Hev) as S. rewrite A in S. destruct S as (-> & _). simpl.
      eauto 8.
    + inversion A; subst. simpl. eauto 8.
Qed.

Lemma sys_inv_open b t now : band_ok b -> 0 <= now -> sys_inv (sys_open b t now).
Proof.
  intros Hb Hn. pose proof Hb as (Bl & Bh & Blh). unfold sys_inv, sys_open; simpl.
  split. { intros t' b' [E|[]]. inversion E; subst. split; [lia|exact Hb]. }
  split.
  { unfold window_inv; simpl. split; [exists t, b; auto|]. split; [exists t, b; auto|].
    exists t, t. split; [lia|]. split; [|split; [|split]].
    - intros t' b' [E|[]] _. inversion E; subst. lia.
    - exists t, b. split; [auto|]. split; [lia|reflexivity].
    - intros. lia.
    - exists t, b. split; [auto|]. split; [lia|reflexivity]. }
  split; [now apply open_ok|]. split; [exists t, b; split; [auto|lia]|]. split; left; lia.
Qed.

Lemma sys_inv_run c width b t now es : params_ok c -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  sys_inv (sys_run c width (sys_open b t now) es).
Proof.
  intros Hc Hb Hn Hes. unfold sys_run. generalize (sys_inv_open b t now Hb Hn). generalize (sys_open b t now).
  induction Hes as [|e es He Hes IH]; intros s I; simpl; auto. apply IH, sys_inv_step; auto.
Qed.

(** (H2), the part of the crate. In every run, with a window of any width and any re-anchoring, the largest drawdown at
    which anything was permitted is zero or at most the fall between two accepted observations, from the low side of one
    to the high side of one with a later source time. *)
Theorem H2_used_is_seen : forall c width b t now es,
  params_ok c -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let s := sys_run c width (sys_open b t now) es in
  fall_seen (hist s) (used (base s)).
Proof. intros. apply sys_inv_run; auto. Qed.

(** What the ledger of a system does is a run of LedgerSafe.v. *)
Definition ledger_events (c : params) (width : Z) : system -> list sys_event -> list event :=
  fix go (s : system) (es : list sys_event) : list event :=
    match es with
    | [] => []
    | e :: rest =>
        match e with
        | Observe t b =>
            if last s <? t then
              match window_observe (win s) b t width with
              | Ok w => [Prices (window_low w) (window_high w)]
              | Err _ => []
              end
            else []
        | Act a => [a]
        end ++ go (sys_step c width s e) rest
    end.

Lemma sys_run_base c width s es :
  base (sys_run c width s es) = run c (base s) (ledger_events c width s es).
Proof.
  revert s. induction es as [|e es IH]; intros s; [reflexivity|].
  simpl ledger_events. rewrite run_app. change (sys_run c width s (e :: es)) with (sys_run c width (sys_step c width s
    e) es).
  rewrite IH. f_equal. destruct e as [t b|a]; simpl; [|reflexivity].
  destruct (last s <? t); [|reflexivity]. destruct (window_observe _ _ _ _); reflexivity.
Qed.

Lemma ledger_events_ok c width s es : params_ok c -> sys_inv s -> Forall sys_event_ok es ->
  Forall event_ok (ledger_events c width s es).
Proof.
  intros Hc I Hes. revert s I. induction Hes as [|e es He Hes IH]; intros s I; simpl; [constructor|].
  apply Forall_app. split; [|apply IH, sys_inv_step; auto].
  destruct e as [t b|a].
  - destruct (last s <? t) eqn:T; [|constructor]. apply Z.ltb_lt in T.
    destruct (window_observe (win s) b t width) as [w|] eqn:W; [|constructor].
    destruct I as (Hh & Hw & _). simpl in He.
    pose proof (window_inv_step _ _ _ _ _ _ _ Hh He Hw T W) as Hw'.
    assert (Hh' : forall t' b', In (t', b') ((t, b) :: hist s) -> t' <= t /\ band_ok b').
    { intros t' b' [E|I]; [inversion E; subst; split; [lia|exact He] | apply Hh in I; split; [lia | apply I]]. }
    destruct (window_extremes _ _ _ Hh' Hw') as [(tl & bl & Il & El) (u & bu & Iu & Eu & _)].
    repeat constructor; simpl.
    + rewrite <- El; apply (Hh' _ _ Il).
    + rewrite <- Eu; apply (Hh' _ _ Iu).
  - repeat constructor. destruct a; simpl in He |- *; auto; contradiction.
Qed.
