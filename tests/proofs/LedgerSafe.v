(** The ledger as a transition system, and what holds in every state that it can reach.

    Events come in any order and number: the clock (also backwards), price data of any source, age and order (late,
    repeated, re-ordered, a wick, a price moved by other sellers: the ledger sees two extremes, and they may be any two
    prices; [Rises] are the same for the mirrored ledger of purchases), re-anchoring, reservations, charges, releases.
    An event that the ledger refuses leaves the state as it was. All proofs are by induction over the list of events.
    Spec: D3, D5, I1, I2, T-A (i) and (ii), A1, T2, T3. *)

From Coq Require Import ZArith Bool Lia List Psatz.
From Damper Require Import Ledger.
Import ListNotations.
Local Open Scope Z_scope.
Local Arguments Z.mul : simpl never.
Local Arguments Z.add : simpl never.
Local Arguments Z.sub : simpl never.
Local Arguments Z.max : simpl never.
Local Arguments Z.min : simpl never.
Local Arguments Z.div : simpl never.

(** ** Numbers *)

Lemma ONE_pos : 0 < ONE. Proof. reflexivity. Qed.
Lemma WORD_ONE : WORD = 65536 * ONE. Proof. reflexivity. Qed.
#[global] Opaque ONE WORD.

(** The ceiling is the least integer whose multiple reaches the dividend. *)
Lemma cdiv_spec a b : 0 < b -> a <= cdiv a b * b /\ (cdiv a b - 1) * b < a.
Proof.
  intros Hb. unfold cdiv.
  pose proof (Z.div_mod (- a) b ltac:(lia)). pose proof (Z.mod_pos_bound (- a) b Hb). nia.
Qed.

Lemma cdiv_le a b k : 0 < b -> a <= k * b -> cdiv a b <= k.
Proof. intros Hb Hk. destruct (cdiv_spec a b Hb). nia. Qed.

Lemma narrow_ok z v : narrow z = Ok v -> v = z /\ z < WORD.
Proof. unfold narrow. destruct (z <? WORD) eqn:E; intros H; inversion H; subst. apply Z.ltb_lt in E. auto. Qed.

Lemma narrow_fits z : z < WORD -> narrow z = Ok z.
Proof. intros H. unfold narrow. apply Z.ltb_lt in H. now rewrite H. Qed.

(** ** Prices *)

Lemma price_value_pos p : price_ok p = true -> 0 < price_value p.
Proof.
  unfold price_ok, price_value. rewrite !andb_true_iff, !Z.leb_le, Z.ltb_lt. intros [[[? ?] ?] ?].
  apply Z.mul_pos_pos; [lia|]. apply Z.pow_pos_nonneg; lia.
Qed.

(** The order of the two words is the order of the values (N4). *)
Lemma price_lt_value p q : price_ok p = true -> price_ok q = true ->
  price_lt p q = true <-> price_value p < price_value q.
Proof.
  unfold price_ok, price_value, price_lt. rewrite !andb_true_iff, !Z.leb_le, !Z.ltb_lt.
  intros [[[? ?] ?] ?] [[[? ?] ?] ?].
  assert (W : WORD = 2 * 2 ^ 63) by reflexivity.
  destruct (exponent p =? exponent q) eqn:E.
  - apply Z.eqb_eq in E. rewrite E, Z.ltb_lt. split; intros.
    + apply Z.mul_lt_mono_pos_r; [apply Z.pow_pos_nonneg; lia | assumption].
    + apply Z.mul_lt_mono_pos_r in H7; [assumption | apply Z.pow_pos_nonneg; lia].
  - apply Z.eqb_neq in E. rewrite Z.ltb_lt.
    assert (far : forall a b s t, -128 <= a -> a < b -> 2 ^ 63 <= s -> s < WORD -> 2 ^ 63 <= t ->
                  s * 2 ^ (a + 128) < t * 2 ^ (b + 128)).
    { clear - W. intros a b s t Ha Hab Hs Hs' Ht.
      replace (b + 128) with (Z.succ (a + 128) + (b - a - 1)) by lia.
      rewrite (Z.pow_add_r 2 (Z.succ (a + 128)) (b - a - 1)) by lia. rewrite (Z.pow_succ_r 2 (a + 128)) by lia.
      assert (0 < 2 ^ (a + 128)) by (apply Z.pow_pos_nonneg; lia).
      assert (0 < 2 ^ (b - a - 1)) by (apply Z.pow_pos_nonneg; lia).
      set (x := 2 ^ (a + 128)) in *. set (y := 2 ^ (b - a - 1)) in *. set (h := 2 ^ 63) in *. clearbody x y h.
      apply Z.lt_le_trans with (2 * h * x); [nia|].
      transitivity (2 * t * x); [nia|].
      replace (t * (2 * x * y)) with (2 * t * x * y) by ring.
      assert (0 <= 2 * t * x) by nia. nia. }
    split; intros L.
    + apply far; lia.
    + destruct (Z.lt_trichotomy (exponent p) (exponent q)) as [?|[?|?]]; try lia.
      pose proof (far (exponent q) (exponent p) (significand q) (significand p)). lia.
Qed.

Lemma price_le_value p q : price_ok p = true -> price_ok q = true ->
  price_le p q = true <-> price_value p <= price_value q.
Proof.
  intros Hp Hq. unfold price_le. rewrite negb_true_iff.
  pose proof (price_lt_value q p Hq Hp) as L.
  destruct (price_lt q p); split; intros; try easy.
  - pose proof (proj1 L eq_refl). lia.
  - destruct (Z_lt_ge_dec (price_value q) (price_value p)) as [X|X]; [apply L in X; easy | lia].
Qed.

Lemma price_lt_false p q : price_ok p = true -> price_ok q = true ->
  price_lt p q = false -> price_value q <= price_value p.
Proof.
  intros Hp Hq F. destruct (Z_lt_ge_dec (price_value p) (price_value q)) as [X|X]; [|lia].
  apply price_lt_value in X; auto. congruence.
Qed.

Lemma price_min_ok p q : price_ok p = true -> price_ok q = true -> price_ok (price_min p q) = true.
Proof. unfold price_min. destruct (price_lt q p); auto. Qed.

Lemma price_max_ok p q : price_ok p = true -> price_ok q = true -> price_ok (price_max p q) = true.
Proof. unfold price_max. destruct (price_lt p q); auto. Qed.

Lemma price_max_value p q : price_ok p = true -> price_ok q = true ->
  price_value (price_max p q) = Z.max (price_value p) (price_value q).
Proof.
  intros Hp Hq. unfold price_max. destruct (price_lt p q) eqn:E.
  - apply price_lt_value in E; auto. lia.
  - apply price_lt_false in E; auto. lia.
Qed.

Lemma price_min_value p q : price_ok p = true -> price_ok q = true ->
  price_value (price_min p q) = Z.min (price_value p) (price_value q).
Proof.
  intros Hp Hq. unfold price_min. destruct (price_lt q p) eqn:E.
  - apply price_lt_value in E; auto. lia.
  - apply price_lt_false in E; auto. lia.
Qed.

Lemma price_max_or p q : price_max p q = p \/ price_max p q = q.
Proof. unfold price_max. destruct (price_lt p q); auto. Qed.

Lemma price_min_or p q : price_min p q = p \/ price_min p q = q.
Proof. unfold price_min. destruct (price_lt q p); auto. Qed.

(** D3: a drawdown lies in 0 to 1 and never over-states the fall: [D ref <= ref - min], exactly; it is zero when the
    price is not below the reference. *)
Theorem D3_drawdown_floor : forall p q, price_ok p = true -> price_ok q = true ->
  0 <= drawdown_floor p q <= ONE /\
  (0 < drawdown_floor p q -> drawdown_floor p q * price_value q <= (price_value q - price_value p) * ONE) /\
  (price_value q <= price_value p -> drawdown_floor p q = 0).
Proof.
  intros p q Hp Hq. apply price_value_pos in Hp, Hq. pose proof ONE_pos.
  unfold drawdown_floor, price_ratio_ceil.
  destruct (narrow _) as [share|] eqn:E; [|lia].
  apply narrow_ok in E. destruct E as [-> _].
  destruct (cdiv_spec (price_value p * ONE) (price_value q) Hq).
  unfold excess_over. split; [|split]; nia.
Qed.

(** ** Parameters *)

(** Words of a configuration, and what [LedgerConfig::new] has checked. *)
Definition params_ok (c : params) : Prop :=
  0 <= burst c /\ 0 <= leak c < WORD /\ 0 <= own_share c < WORD /\ kappa c < WORD /\ config_new c = Ok c.

(** What is checked: [B <= 1], [kappa >= 1], [kappa h < 1], and so [h < 1]. *)
Lemma params_checked c : params_ok c ->
  0 <= burst c <= ONE /\ ONE <= kappa c /\ 0 <= own_share c < ONE /\ kappa c * own_share c < ONE * ONE /\ 0 <= leak c.
Proof.
  intros (Hb & Hl & Hh & Hk & N). pose proof ONE_pos.
  unfold config_new in N.
  destruct (ONE <? burst c) eqn:E1; [easy|]. apply Z.ltb_ge in E1.
  destruct (kappa c <? ONE) eqn:E2; [easy|]. apply Z.ltb_ge in E2.
  destruct (mul_ceil (kappa c) (own_share c)) as [gain|] eqn:E3; [|easy].
  destruct (gain <? ONE) eqn:E4; [|easy]. apply Z.ltb_lt in E4.
  unfold mul_ceil in E3. apply narrow_ok in E3. destruct E3 as [-> _].
  destruct (cdiv_spec (kappa c * own_share c) ONE ltac:(lia)). nia.
Qed.

(** [B + floor(h D)]. *)
Definition cap_at (c : params) (d : Z) : Z := burst c + own_share c * d / ONE.

Lemma cap_at_range c d : params_ok c -> 0 <= d <= ONE -> burst c <= cap_at c d <= 2 * ONE.
Proof.
  intros Hc Hd. apply params_checked in Hc. pose proof ONE_pos. unfold cap_at.
  assert (0 <= own_share c * d / ONE) by (apply Z.div_pos; nia).
  assert (own_share c * d / ONE <= ONE).
  { apply Z.div_le_upper_bound; nia. }
  lia.
Qed.

Lemma cap_at_mono c d e : params_ok c -> d <= e -> cap_at c d <= cap_at c e.
Proof.
  intros Hc Hd. apply params_checked in Hc. pose proof ONE_pos. unfold cap_at.
  apply Zplus_le_compat_l, Z.div_le_mono; [lia|]. nia.
Qed.

(** The cap never falls back on the values that stand for its two errors. *)
Lemma cap_spec c l : params_ok c -> 0 <= drawdown l <= ONE -> cap c l = cap_at c (drawdown l).
Proof.
  intros Hc Hd. pose proof (cap_at_range c _ Hc Hd) as R. pose proof ONE_pos. pose proof WORD_ONE.
  unfold cap, cap_at in *. apply params_checked in Hc.
  unfold mul_floor, ratio_add. set (x := own_share c * drawdown l / ONE) in *.
  rewrite (narrow_fits x) by lia. rewrite narrow_fits by lia. reflexivity.
Qed.

(** ** Events *)

Inductive event : Set :=
| Clock (now : Z)
| Prices (lo hi : price)
| Rises (lo hi : price)
| Reanchor (p : price)
| Reserve (impact : Z)
| Charge (impact : Z)
| Release (needed : Z).

(** What the types of the crate ensure: ratios are not negative, prices are prices. *)
Definition event_ok (e : event) : Prop :=
  match e with
  | Clock now => 0 <= now
  | Prices lo hi | Rises lo hi => price_ok lo = true /\ price_ok hi = true
  | Reanchor p => price_ok p = true
  | Reserve a | Charge a | Release a => 0 <= a
  end.

Definition apply_event (c : params) (l : ledger) (e : event) : result ledger :=
  match e with
  | Clock now => ledger_advance l c now
  | Prices lo hi => Ok (ledger_see l lo hi)
  | Rises lo hi => Ok (ledger_see_rise l lo hi)
  | Reanchor p => ledger_reanchor l p
  | Reserve a => ledger_reserve l c a
  | Charge a => ledger_charge l c a
  | Release a => Ok (ledger_release_to l a)
  end.

(** A state with what a proof keeps beside it: [spent], the sum of all charges ([A]); [leaked]; [used], the largest
    drawdown at which a reservation or a charge was permitted. *)
Record run_state : Set := mk_run { led : ledger; spent : Z; leaked : Z; used : Z }.

Definition start (l : ledger) : run_state := mk_run l 0 0 0.

Definition step (c : params) (s : run_state) (e : event) : run_state :=
  match apply_event c (led s) e with
  | Err _ => s
  | Ok l =>
      match e with
      | Clock _ => mk_run l (spent s) (leaked s + (level (led s) - level l)) (used s)
      | Charge a => mk_run l (spent s + a) (leaked s) (Z.max (used s) (drawdown (led s)))
      | Reserve _ => mk_run l (spent s) (leaked s) (Z.max (used s) (drawdown (led s)))
      | Prices _ _ | Rises _ _ | Reanchor _ | Release _ => mk_run l (spent s) (leaked s) (used s)
      end
  end.

Definition run (c : params) (s : run_state) (es : list event) : run_state := fold_left (step c) es s.

Lemma run_app c s es fs : run c s (es ++ fs) = run c (run c s es) fs.
Proof. apply fold_left_app. Qed.

(** Words of a state. *)
Definition ledger_ok (l : ledger) : Prop :=
  price_ok (reference l) = true /\ price_ok (lowest l) = true /\
  0 <= drawdown l <= ONE /\ 0 <= level l /\ 0 <= reserved l /\ 0 <= level l + reserved l <= 2 * ONE /\ 0 <= time l.

Lemma open_ok b now : price_ok (low b) = true -> 0 <= now -> ledger_ok (ledger_open b now).
Proof. intros. pose proof ONE_pos. unfold ledger_ok, ledger_open; simpl. repeat split; auto; lia. Qed.

Lemma open_rise_ok b now : price_ok (high b) = true -> 0 <= now -> ledger_ok (ledger_open_rise b now).
Proof. intros. pose proof ONE_pos. unfold ledger_ok, ledger_open_rise; simpl. repeat split; auto; lia. Qed.

Lemma headroom_spec c l : params_ok c -> ledger_ok l ->
  headroom c l = Z.max 0 (cap_at c (drawdown l) - level l - reserved l).
Proof.
  intros Hc (_ & _ & Hd & Hl & Hr & _). unfold headroom. rewrite cap_spec by auto. unfold excess_over. lia.
Qed.

(** What a sale or a reservation does that is permitted, and that no other error than "not permitted" exists. *)
Lemma reserve_spec c l a : params_ok c -> ledger_ok l -> 0 <= a ->
  match ledger_reserve l c a with
  | Ok l' => l' = mk_ledger (reference l) (lowest l) (drawdown l) (level l) (reserved l + a) (time l)
             /\ (a = 0 \/ level l + reserved l + a <= cap_at c (drawdown l))
  | Err e => e = NotPermitted /\ cap_at c (drawdown l) < level l + reserved l + a
  end.
Proof.
  intros Hc Hl Ha. pose proof WORD_ONE. pose proof ONE_pos.
  unfold ledger_reserve. rewrite headroom_spec by auto.
  destruct Hl as (_ & _ & Hd & ? & ? & ? & ?).
  pose proof (cap_at_range c _ Hc Hd).
  destruct (_ <? a) eqn:E.
  - apply Z.ltb_lt in E. split; [reflexivity|lia].
  - apply Z.ltb_ge in E. unfold ratio_add. rewrite narrow_fits by lia. simpl. split; [reflexivity|lia].
Qed.

Lemma charge_spec c l a : params_ok c -> ledger_ok l -> 0 <= a ->
  match ledger_charge l c a with
  | Ok l' => l' = mk_ledger (reference l) (lowest l) (drawdown l) (level l + a) (Z.max 0 (reserved l - a)) (time l)
             /\ (a <= reserved l \/ level l + a <= cap_at c (drawdown l))
  | Err e => e = NotPermitted /\ reserved l < a /\ cap_at c (drawdown l) < level l + a
  end.
Proof.
  intros Hc Hl Ha. pose proof WORD_ONE. pose proof ONE_pos.
  unfold ledger_charge. rewrite headroom_spec by auto.
  destruct Hl as (_ & _ & Hd & ? & ? & ? & ?).
  pose proof (cap_at_range c _ Hc Hd). unfold excess_over.
  destruct (_ <? _) eqn:E.
  - apply Z.ltb_lt in E. split; [reflexivity|lia].
  - apply Z.ltb_ge in E. unfold ratio_add. rewrite narrow_fits by lia. simpl. split; [reflexivity|lia].
Qed.

(** The leak of one step: at most [r dt], at most what is there, and the clock moves to [now]. *)
Lemma advance_spec c l now : params_ok c -> ledger_ok l -> 0 <= now ->
  match ledger_advance l c now with
  | Ok l' => l' = mk_ledger (reference l) (lowest l) (drawdown l) (level l') (reserved l) now
             /\ level l' = Z.max 0 (level l - leak c * (now - time l)) /\ time l <= now
  | Err e => e = ClockReversed /\ now < time l
  end.
Proof.
  intros Hc Hl Hn. pose proof WORD_ONE. pose proof ONE_pos.
  destruct Hl as (_ & _ & Hd & ? & ? & ? & ?). apply params_checked in Hc.
  unfold ledger_advance, since. destruct (time l <=? now) eqn:E.
  - apply Z.leb_le in E. simpl. split; [reflexivity|]. split; [|lia].
    destruct (level l =? 0) eqn:Z0.
    + apply Z.eqb_eq in Z0. rewrite Z0. nia.
    + unfold excess_over, over_at_most, over, narrow.
      destruct (leak c * (now - time l) <? WORD) eqn:W; [apply Z.ltb_lt in W | apply Z.ltb_ge in W]; nia.
  - apply Z.leb_gt in E. auto.
Qed.

(** Every event keeps the words of the state in range: in no reachable state does an addition overflow (N1). *)
Lemma apply_ok c l e l' : params_ok c -> ledger_ok l -> event_ok e -> apply_event c l e = Ok l' -> ledger_ok l'.
Proof.
  intros Hc Hl He A. pose proof ONE_pos as O. pose proof (params_checked c Hc) as P.
  pose proof Hl as (Hr & Hm & Hd & H1 & H2 & H3 & H4).
  pose proof (cap_at_range c _ Hc Hd) as C.
  destruct e; simpl in A, He.
  - pose proof (advance_spec c l now Hc Hl He) as S. rewrite A in S. destruct S as (S & L & T). rewrite S.
    assert (0 <= leak c * (now - time l)) by nia.
    unfold ledger_ok; simpl. repeat split; auto; lia.
  - destruct He as [Hlo Hhi]. inversion A; subst; clear A. unfold ledger_see.
    destruct (price_le (reference l) lo).
    + unfold ledger_ok; simpl. repeat split; auto; lia.
    + destruct (price_lt hi (lowest l)); auto.
      destruct (D3_drawdown_floor hi (reference l) Hhi Hr) as (D & _).
      unfold ledger_ok; simpl. repeat split; auto; lia.
  - destruct He as [Hlo Hhi]. inversion A; subst; clear A. unfold ledger_see_rise.
    destruct (price_le hi (lowest l)).
    + unfold ledger_ok; simpl. repeat split; auto; lia.
    + destruct (price_lt (reference l) lo); auto.
      destruct (D3_drawdown_floor (lowest l) lo Hm Hlo) as (D & _).
      unfold ledger_ok; simpl. repeat split; auto; lia.
  - unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst.
    unfold ledger_ok; simpl. repeat split; auto; lia.
  - pose proof (reserve_spec c l impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S).
    unfold ledger_ok; simpl. repeat split; auto; lia.
  - pose proof (charge_spec c l impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S).
    unfold ledger_ok; simpl. repeat split; auto; lia.
  - inversion A; subst. unfold ledger_ok, ledger_release_to; simpl. repeat split; auto; lia.
Qed.

Lemma step_ok c s e : params_ok c -> ledger_ok (led s) -> event_ok e -> ledger_ok (led (step c s e)).
Proof.
  intros Hc Hl He. unfold step. destruct (apply_event c (led s) e) eqn:A; auto.
  pose proof (apply_ok _ _ _ _ Hc Hl He A). destruct e; simpl; auto.
Qed.

Theorem N1_no_overflow_is_reachable : forall c s es, params_ok c -> ledger_ok (led s) -> Forall event_ok es ->
  ledger_ok (led (run c s es)) /\
  (forall e code, event_ok e -> apply_event c (led (run c s es)) e = Err code -> code = NotPermitted \/ code =
    ClockReversed).
Proof.
  intros c s es Hc Hs Hes. unfold run.
  assert (G : ledger_ok (led (fold_left (step c) es s))).
  { revert s Hs. induction Hes as [|e es He Hes IH]; intros; simpl; auto. apply IH, step_ok; auto. }
  split; [exact G|]. intros e code He A. set (l := led (fold_left (step c) es s)) in *.
  destruct e; simpl in A; try discriminate.
  - pose proof (advance_spec c l now Hc G He) as S. rewrite A in S. tauto.
  - unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; auto.
  - pose proof (reserve_spec c l impact Hc G He) as S. rewrite A in S. tauto.
  - pose proof (charge_spec c l impact Hc G He) as S. rewrite A in S. tauto.
Qed.

(** I1: whatever happens, [L + R] rises only in a step that leaves it at or below [B + floor(h D)] of that moment. *)
Theorem I1_rises_only_under_the_cap : forall c l e l', params_ok c -> ledger_ok l -> event_ok e ->
  apply_event c l e = Ok l' ->
  level l' + reserved l' <= level l + reserved l \/ level l' + reserved l' <= cap_at c (drawdown l).
Proof.
  intros c l e l' Hc Hl He A. pose proof (params_checked c Hc) as P.
  pose proof Hl as (Hr & Hm & Hd & H1 & H2 & H3 & H4).
  destruct e; simpl in A, He.
  - pose proof (advance_spec c l now Hc Hl He) as S. rewrite A in S. destruct S as (S & L & T). rewrite S. simpl.
    assert (0 <= leak c * (now - time l)) by nia. lia.
  - inversion A; subst; clear A. unfold ledger_see. destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; lia.
  - inversion A; subst; clear A. unfold ledger_see_rise. destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; lia.
  - unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; simpl; lia.
  - pose proof (reserve_spec c l impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S). simpl. lia.
  - pose proof (charge_spec c l impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S). simpl. lia.
  - inversion A; subst; simpl. lia.
Qed.

(** ** What every run keeps

    [s0] is the state at the start, with nothing reserved. *)
Definition inv (c : params) (s0 s : run_state) : Prop :=
  ledger_ok (led s) /\ 0 <= used s <= ONE /\ spent s0 <= spent s /\ leaked s0 <= leaked s /\ time (led s0) <= time (led
    s) /\
  (* (i) leak *)
  (spent s - spent s0) - (leaked s - leaked s0) = level (led s) - level (led s0) /\
  leaked s - leaked s0 <= leak c * (time (led s) - time (led s0)) /\
  (* (ii) cap *)
  ((spent s = spent s0 /\ reserved (led s) = 0) \/ level (led s) + reserved (led s) <= cap_at c (used s)).

Lemma inv_step c s0 s e : params_ok c -> event_ok e -> inv c s0 s -> inv c s0 (step c s e).
Proof.
  intros Hc He I. pose proof (params_checked c Hc) as P.
  unfold step. destruct (apply_event c (led s) e) as [l'|] eqn:A; [|exact I].
  destruct I as (Hl & Hu & Hsp & Hlk & Ht & Hi & Hr & Hcap).
  pose proof (apply_ok _ _ _ _ Hc Hl He A) as Hl'.
  pose proof Hl as (_ & _ & Hd & H1 & H2 & _ & _).
  pose proof (cap_at_mono c (used s) (Z.max (used s) (drawdown (led s))) Hc ltac:(lia)) as M1.
  pose proof (cap_at_mono c (drawdown (led s)) (Z.max (used s) (drawdown (led s))) Hc ltac:(lia)) as M2.
  destruct e; simpl in A, He; unfold inv; simpl.
  - pose proof (advance_spec c (led s) now Hc Hl He) as S. rewrite A in S. destruct S as (S & L & T).
    split; [exact Hl'|].
    assert (N : 0 <= leak c * (now - time (led s))) by nia.
    rewrite S; simpl. repeat split; try lia; nia.
  - inversion A; subst; clear A. split; [exact Hl'|]. unfold ledger_see.
    destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; repeat split; auto; lia.
  - inversion A; subst; clear A. split; [exact Hl'|]. unfold ledger_see_rise.
    destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; repeat split; auto; lia.
  - split; [exact Hl'|]. unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; simpl.
    repeat split; auto; lia.
  - pose proof (reserve_spec c (led s) impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S).
    split; [exact Hl'|]. simpl. repeat split; try lia.
  - pose proof (charge_spec c (led s) impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S).
    split; [exact Hl'|]. simpl. repeat split; try lia.
  - inversion A; subst; clear A. split; [exact Hl'|]. simpl. repeat split; auto; lia.
Qed.

Lemma inv_run c s0 es : params_ok c -> ledger_ok (led s0) -> 0 <= used s0 <= ONE -> reserved (led s0) = 0 ->
  Forall event_ok es -> inv c s0 (run c s0 es).
Proof.
  intros Hc Hs Hu Hr Hes.
  assert (G : forall s, inv c s0 s -> inv c s0 (run c s es)).
  { unfold run. induction Hes as [|e es He Hes IH]; intros s I; simpl; auto. apply IH, inv_step; auto. }
  apply G. unfold inv. rewrite !Z.sub_diag, Z.mul_0_r. split; [exact Hs|].
  repeat split; auto; lia.
Qed.

(** A ledger that has caused no impact and reserved none: what [Ledger::open] and its mirror image give. *)
Definition fresh (l : ledger) : Prop := ledger_ok l /\ level l = 0 /\ reserved l = 0.

Lemma open_fresh b now : price_ok (low b) = true -> 0 <= now -> fresh (ledger_open b now).
Proof. intros. split; [now apply open_ok | auto]. Qed.

Lemma open_rise_fresh b now : price_ok (high b) = true -> 0 <= now -> fresh (ledger_open_rise b now).
Proof. intros. split; [now apply open_rise_ok | auto]. Qed.

(** T-A (i), leak: what has been charged and is not in the level has leaked, and at most [r] a second leaks. *)
Theorem T_A_i_leak : forall c l es, params_ok c -> fresh l -> Forall event_ok es ->
  let s := run c (start l) es in
  spent s - level (led s) <= leak c * (time (led s) - time l).
Proof.
  intros c l es Hc (Hl & Hz & Hr) Hes s.
  pose proof (inv_run c (start l) es Hc Hl ltac:(simpl; pose proof ONE_pos; lia) Hr Hes)
    as (_ & _ & _ & _ & _ & Hi & Hlk & _).
  fold s in Hi, Hlk. simpl in Hi, Hlk. lia.
Qed.

(** T-A (ii), cap: in every state that can be reached, [L + R <= B + floor(h D)], [D] the largest drawdown at which
    anything was permitted so far. *)
Theorem T_A_ii_cap : forall c l es, params_ok c -> fresh l -> Forall event_ok es ->
  let s := run c (start l) es in
  level (led s) + reserved (led s) <= cap_at c (used s).
Proof.
  intros c l es Hc (Hl & Hz & Hr) Hes s.
  pose proof (inv_run c (start l) es Hc Hl ltac:(simpl; pose proof ONE_pos; lia) Hr Hes)
    as (Hls & Hu & _ & Hlk & _ & Hi & _ & Hcap).
  fold s in Hls, Hu, Hlk, Hi, Hcap. simpl in Hlk, Hi, Hcap.
  pose proof (cap_at_range c (used s) Hc Hu) as R. pose proof (params_checked c Hc).
  destruct Hls as (_ & _ & _ & ? & ? & _). destruct Hcap as [[? ?]|]; lia.
Qed.

(** T-A (iii): the sum of all charges is at most [B + floor(h D) + r n]. *)
Theorem T_A_iii_charges : forall c l es, params_ok c -> fresh l -> Forall event_ok es ->
  let s := run c (start l) es in
  spent s <= cap_at c (used s) + leak c * (time (led s) - time l).
Proof.
  intros c l es Hc Hl Hes s.
  pose proof (T_A_i_leak c l es Hc Hl Hes). pose proof (T_A_ii_cap c l es Hc Hl Hes).
  pose proof (N1_no_overflow_is_reachable c (start l) es Hc (proj1 Hl) Hes) as [G _].
  cbv zeta in H, H0. fold s in H, H0, G. destruct G as (_ & _ & _ & ? & ? & _). lia.
Qed.

(** ** Intervals *)

(** Over any stretch of a run, the charges less what they left in the level have leaked, at most [r] a second. *)
Lemma leak_run c s fs : params_ok c -> ledger_ok (led s) -> Forall event_ok fs ->
  let u := run c s fs in
  spent u - spent s - (level (led u) - level (led s)) <= leak c * (time (led u) - time (led s)) /\
  spent s <= spent u /\ time (led s) <= time (led u).
Proof.
  intros Hc Hs Hfs. unfold run. revert s Hs. induction Hfs as [|e fs He Hfs IH]; intros v Hv;
    [simpl; rewrite !Z.sub_diag, Z.mul_0_r; lia|].
  pose proof (params_checked c Hc) as P.
  assert (One : spent (step c v e) - spent v - (level (led (step c v e)) - level (led v))
                <= leak c * (time (led (step c v e)) - time (led v))
                /\ spent v <= spent (step c v e) /\ time (led v) <= time (led (step c v e))).
  { unfold step. destruct (apply_event c (led v) e) as [l'|] eqn:A; [|lia].
    destruct e; simpl in A, He; simpl.
    - pose proof (advance_spec c (led v) now Hc Hv He) as S. rewrite A in S. destruct S as (S & L & T).
      assert (0 <= leak c * (now - time (led v))) by nia. rewrite S; simpl. lia.
    - inversion A; subst. unfold ledger_see. destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; lia.
    - inversion A; subst. unfold ledger_see_rise. destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; lia.
    - unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; simpl; lia.
    - pose proof (reserve_spec c (led v) impact Hc Hv He) as S. rewrite A in S. destruct S as (-> & _). simpl. lia.
    - pose proof (charge_spec c (led v) impact Hc Hv He) as S. rewrite A in S. destruct S as (-> & _). simpl. lia.
    - inversion A; subst; simpl. lia. }
  specialize (IH (step c v e) (step_ok c v e Hc Hv He)). simpl in IH |- *. lia.
Qed.

(** A1. From any state with nothing reserved (no lot open), after any events [es], the charges of any further events
    [fs] sum to at most [B + floor(h D) + r T]: [D] the largest drawdown used since that state, [T] the time that [fs]
    take. *)
Theorem A1_interval : forall c l es fs, params_ok c -> ledger_ok l -> reserved l = 0 ->
  Forall event_ok es -> Forall event_ok fs ->
  let s := run c (start l) es in
  let u := run c s fs in
  spent u - spent s <= cap_at c (used u) + leak c * (time (led u) - time (led s)).
Proof.
  intros c l es fs Hc Hl Hr Hes Hfs s u.
  assert (Hu0 : 0 <= used (start l) <= ONE) by (simpl; pose proof ONE_pos; lia).
  pose proof (inv_run c (start l) es Hc Hl Hu0 Hr Hes) as (Hs & _ & Hs1 & _). fold s in Hs, Hs1.
  pose proof (inv_run c (start l) (es ++ fs) Hc Hl Hu0 Hr ltac:(apply Forall_app; auto)) as Iu.
  rewrite run_app in Iu. fold s u in Iu.
  pose proof (leak_run c s fs Hc Hs Hfs) as (L & M & N). fold u in L, M, N.
  destruct Iu as (Hu & Huu & Hsp & _ & _ & _ & _ & Hcap).
  destruct Hs as (_ & _ & _ & ? & _). destruct Hu as (_ & _ & _ & ? & ? & _).
  pose proof (params_checked c Hc) as P. pose proof (cap_at_range c _ Hc Huu).
  destruct Hcap as [[Hz _]|Hcap]; simpl in *; nia.
Qed.

(** T2. Where no drawdown was used and no lot was open at the start, every interval of length [H] holds charges of at
    most [B + r H]. The interval starts anywhere: it is the stretch [fs] of any run. *)
Theorem T2_every_interval : forall c l es fs, params_ok c -> ledger_ok l -> reserved l = 0 ->
  Forall event_ok es -> Forall event_ok fs ->
  let s := run c (start l) es in
  let u := run c s fs in
  used u = 0 ->
  spent u - spent s <= burst c + leak c * (time (led u) - time (led s)).
Proof.
  intros c l es fs Hc Hl Hr Hes Hfs s u Hu.
  pose proof (A1_interval c l es fs Hc Hl Hr Hes Hfs) as A. cbv zeta in A. fold s u in A.
  unfold cap_at in A. rewrite Hu, Z.mul_0_r, Z.div_0_l in A by (pose proof ONE_pos; lia). lia.
Qed.

(** T3. A halt of any length, during which nothing is charged, earns its leak and no more: what is charged in any
    stretch [fs] after it is bounded by the cap and the leak of [fs] itself, however long the halt was. *)
Theorem T3_no_burst_after_a_halt : forall c l es halt_end fs, params_ok c -> ledger_ok l -> reserved l = 0 ->
  Forall event_ok es -> 0 <= halt_end -> Forall event_ok fs ->
  let s := run c (start l) (es ++ [Clock halt_end]) in
  let u := run c s fs in
  spent u - spent s <= cap_at c (used u) + leak c * (time (led u) - time (led s)).
Proof.
  intros. apply A1_interval; auto. apply Forall_app; split; auto.
Qed.

(** ** Restraint

    A guard may be restrained for a call, by a factor on [B], [r] and [h]; an appetite permits less than the ledger.
    Here each event comes with a configuration of its own that permits and leaks at most as much as [c]. *)
Definition dominated (d c : params) : Prop :=
  params_ok d /\ burst d <= burst c /\ leak d <= leak c /\ own_share d <= own_share c.

Definition restrained_run (s : run_state) (es : list (params * event)) : run_state :=
  fold_left (fun s p => step (fst p) s (snd p)) es s.

Lemma dominated_cap d c x : dominated d c -> 0 <= x -> cap_at d x <= cap_at c x.
Proof.
  intros (_ & Hb & _ & Hh) Hx. pose proof ONE_pos. unfold cap_at.
  apply Z.add_le_mono; [exact Hb|]. apply Z.div_le_mono; [lia|]. nia.
Qed.

Lemma inv_step_restrained c d s0 s e : params_ok c -> dominated d c -> event_ok e -> inv c s0 s -> inv c s0 (step d s e).
Proof.
  intros Hc Hdom He I. pose proof (params_checked c Hc) as P. pose proof (proj1 Hdom) as Hd'.
  pose proof (params_checked d Hd') as Pd. pose proof Hdom as (_ & _ & Dl & _).
  unfold step. destruct (apply_event d (led s) e) as [l'|] eqn:A; [|exact I].
  destruct I as (Hl & Hu & Hsp & Hlk & Ht & Hi & Hr & Hcap).
  pose proof (apply_ok _ _ _ _ Hd' Hl He A) as Hl'.
  pose proof Hl as (_ & _ & Hd & H1 & H2 & _ & _).
  pose proof (dominated_cap d c (drawdown (led s)) Hdom ltac:(lia)) as M0.
  pose proof (cap_at_mono c (used s) (Z.max (used s) (drawdown (led s))) Hc ltac:(lia)) as M1.
  pose proof (cap_at_mono c (drawdown (led s)) (Z.max (used s) (drawdown (led s))) Hc ltac:(lia)) as M2.
  destruct e; simpl in A, He; unfold inv; simpl.
  - pose proof (advance_spec d (led s) now Hd' Hl He) as S. rewrite A in S. destruct S as (S & L & T).
    split; [exact Hl'|].
    assert (N : 0 <= leak d * (now - time (led s)) <= leak c * (now - time (led s))) by nia.
    rewrite S; simpl. repeat split; try lia; nia.
  - inversion A; subst; clear A. split; [exact Hl'|]. unfold ledger_see.
    destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; repeat split; auto; lia.
  - inversion A; subst; clear A. split; [exact Hl'|]. unfold ledger_see_rise.
    destruct (price_le _ _); [|destruct (price_lt _ _)]; simpl; repeat split; auto; lia.
  - split; [exact Hl'|]. unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; simpl.
    repeat split; auto; lia.
  - pose proof (reserve_spec d (led s) impact Hd' Hl He) as S. rewrite A in S. destruct S as (-> & S).
    split; [exact Hl'|]. simpl. repeat split; try lia.
  - pose proof (charge_spec d (led s) impact Hd' Hl He) as S. rewrite A in S. destruct S as (-> & S).
    split; [exact Hl'|]. simpl. repeat split; try lia.
  - inversion A; subst; clear A. split; [exact Hl'|]. simpl. repeat split; auto; lia.
Qed.

Lemma restrained_inv c l es : params_ok c -> fresh l ->
  Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es -> inv c (start l) (restrained_run (start l) es).
Proof.
  intros Hc (Hl & Hz & Hr) Hes.
  assert (G : forall s, inv c (start l) s -> inv c (start l) (restrained_run s es)).
  { unfold restrained_run. induction Hes as [|[d e] es [Hd He] Hes IH]; intros s I; simpl; auto.
    apply IH. apply inv_step_restrained; auto. }
  apply G. unfold inv. rewrite !Z.sub_diag, Z.mul_0_r. split; [exact Hl|]. simpl. pose proof ONE_pos.
  repeat split; auto; lia.
Qed.

(** T-A (iii) under restraint: the charges are at most [B + floor(h D) + r n] of the configuration that is not
    restrained. *)
Theorem restrained_charges : forall c l es, params_ok c -> fresh l ->
  Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es ->
  let s := restrained_run (start l) es in
  spent s <= cap_at c (used s) + leak c * (time (led s) - time l).
Proof.
  intros c l es Hc Hl Hes. cbv zeta.
  pose proof (restrained_inv c l es Hc Hl Hes) as (Hls & Hu & _ & Hlk & _ & Hi & Hlr & Hcap).
  destruct Hl as (_ & Hz & _). simpl in Hlk, Hi, Hlr, Hcap.
  pose proof (cap_at_range c _ Hc Hu) as R. pose proof (params_checked c Hc).
  destruct Hls as (_ & _ & _ & ? & ? & _). destruct Hcap as [[? ?]|]; lia.
Qed.

(** I2. With [B = h = 0] the headroom is zero in every state: nothing is permitted beyond what is reserved. *)
Theorem I2_zero_means_zero : forall c l a, params_ok c -> ledger_ok l -> burst c = 0 -> own_share c = 0 -> 0 <= a ->
  headroom c l = 0 /\
  (reserved l < a -> ledger_charge l c a = Err NotPermitted) /\ (0 < a -> ledger_reserve l c a = Err NotPermitted).
Proof.
  intros c l a Hc Hl Hb Hh Ha. rewrite headroom_spec by auto.
  assert (C : cap_at c (drawdown l) = 0).
  { unfold cap_at. rewrite Hb, Hh, Z.mul_0_l, Z.div_0_l; [lia | pose proof ONE_pos; lia]. }
  pose proof Hl as (_ & _ & _ & ? & ? & _).
  split; [|split]; intros.
  - lia.
  - pose proof (charge_spec c l a Hc Hl Ha) as S. destruct (ledger_charge l c a).
    + destruct S as (_ & S). lia.
    + destruct S as (-> & _). reflexivity.
  - pose proof (reserve_spec c l a Hc Hl Ha) as S. destruct (ledger_reserve l c a).
    + destruct S as (_ & S). lia.
    + destruct S as (-> & _). reflexivity.
Qed.

(** D5. Re-anchoring only tightens: the drawdown and the cap after it are at most those before it. *)
Theorem D5_reanchor_tightens : forall c l p l', params_ok c -> ledger_ok l -> ledger_reanchor l p = Ok l' ->
  drawdown l' = 0 /\ cap c l' <= cap c l.
Proof.
  intros c l p l' Hc Hl A. pose proof Hl as (_ & _ & Hd & _). pose proof ONE_pos.
  unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; simpl.
  split; [reflexivity|]. rewrite !cap_spec by (simpl; auto; lia). simpl. apply cap_at_mono; auto; lia.
Qed.

(** D5, [permitted_at]. If nothing but time passes, the time that it gives is enough: at it, what was asked for fits. *)
Theorem D5_permitted_at_is_enough : forall c l a t l', params_ok c -> ledger_ok l -> 0 <= a ->
  permitted_at l c a = Ok (Some t) -> ledger_advance l c t = Ok l' -> a <= headroom c l'.
Proof.
  intros c l a t l' Hc Hl Ha P A. pose proof ONE_pos as O.
  pose proof Hl as (_ & _ & Hd & H1 & H2 & H3 & H4). pose proof (params_checked c Hc) as K.
  pose proof (cap_at_range c _ Hc Hd) as R.
  assert (Ht : 0 <= t).
  { unfold ledger_advance, since in A. destruct (time l <=? t) eqn:E; [apply Z.leb_le in E; lia | easy]. }
  assert (Hl' : ledger_ok l') by (apply (apply_ok c l (Clock t)); simpl; auto).
  pose proof (advance_spec c l t Hc Hl Ht) as S. rewrite A in S. destruct S as (S & L & T).
  assert (D : drawdown l' = drawdown l) by (rewrite S; reflexivity).
  assert (Rv : reserved l' = reserved l) by (rewrite S; reflexivity).
  rewrite headroom_spec by auto. rewrite D, Rv, L.
  unfold permitted_at in P. rewrite headroom_spec in P by auto.
  destruct (a <=? _) eqn:E1.
  - apply Z.leb_le in E1. assert (0 <= leak c * (t - time l)) by nia. lia.
  - unfold ratio_add in P. destruct (narrow (a + reserved l)) as [x|] eqn:N1; [|easy].
    apply narrow_ok in N1. destruct N1 as [-> _]. simpl in P.
    destruct (narrow (a + reserved l + level l)) as [y|] eqn:N2; [|easy].
    apply narrow_ok in N2. destruct N2 as [-> _]. rewrite cap_spec in P by auto. unfold excess_over in P.
    destruct (_ =? 0) eqn:E2; [apply Z.eqb_eq in E2; apply Z.leb_gt in E1; lia|]. apply Z.eqb_neq in E2.
    destruct (_ || _) eqn:E3; [easy|]. apply orb_false_iff in E3. destruct E3 as [E3 E4].
    apply Z.ltb_ge in E3. apply Z.eqb_neq in E4.
    unfold time_add in P. destruct (narrow _) as [w|] eqn:N3; [|easy]. apply narrow_ok in N3. simpl in P.
    inversion P; subst. destruct N3 as [-> _].
    destruct (cdiv_spec (Z.max 0 (a + reserved l + level l - cap_at c (drawdown l))) (leak c) ltac:(lia)) as [U V].
    nia.
Qed.

(** And the earliest: before it what was asked for does not fit; and where there is none, it never does, while nothing but time
    passes. *)
Theorem D5_permitted_at_is_the_earliest : forall c l a r now l', params_ok c -> ledger_ok l -> 0 <= a -> 0 <= now ->
  permitted_at l c a = Ok r -> ledger_advance l c now = Ok l' ->
  match r with Some t => now < t -> headroom c l' < a | None => headroom c l' < a \/ WORD <= a + reserved l + level l end.
Proof.
  intros c l a r now l' Hc Hl Ha Hn P A. pose proof ONE_pos as O. pose proof WORD_ONE as W.
  pose proof Hl as (_ & _ & Hd & H1 & H2 & H3 & H4). pose proof (params_checked c Hc) as K.
  pose proof (cap_at_range c _ Hc Hd) as R.
  assert (Hl' : ledger_ok l') by (apply (apply_ok c l (Clock now)); simpl; auto).
  pose proof (advance_spec c l now Hc Hl Hn) as S. rewrite A in S. destruct S as (S & L & T).
  assert (D : drawdown l' = drawdown l) by (rewrite S; reflexivity).
  assert (Rv : reserved l' = reserved l) by (rewrite S; reflexivity).
  rewrite headroom_spec by auto. rewrite D, Rv, L.
  assert (0 <= leak c * (now - time l)) by nia.
  unfold permitted_at in P. rewrite headroom_spec in P by auto.
  destruct (a <=? _) eqn:E1; [inversion P; subst; lia|]. apply Z.leb_gt in E1.
  unfold ratio_add in P. destruct (narrow (a + reserved l)) as [x|] eqn:N1.
  2: { simpl in P. inversion P; subst. unfold narrow in N1. destruct (_ <? WORD) eqn:X; [easy|]. apply Z.ltb_ge in X. right. lia. }
  apply narrow_ok in N1. destruct N1 as [-> _]. simpl in P.
  destruct (narrow (a + reserved l + level l)) as [y|] eqn:N2.
  2: { inversion P; subst. unfold narrow in N2. destruct (_ <? WORD) eqn:X; [easy|]. apply Z.ltb_ge in X. right. lia. }
  apply narrow_ok in N2. destruct N2 as [-> _]. rewrite cap_spec in P by auto. unfold excess_over in P.
  destruct (_ =? 0) eqn:E2; [apply Z.eqb_eq in E2; lia|]. apply Z.eqb_neq in E2.
  destruct (_ || _) eqn:E3.
  - inversion P; subst. left. apply orb_true_iff in E3. destruct E3 as [E3|E3].
    + apply Z.ltb_lt in E3. lia.
    + apply Z.eqb_eq in E3. rewrite E3 in *. lia.
  - apply orb_false_iff in E3. destruct E3 as [E3 E4]. apply Z.ltb_ge in E3. apply Z.eqb_neq in E4.
    unfold time_add in P. destruct (narrow _) as [w|] eqn:N3; [|easy]. apply narrow_ok in N3. simpl in P.
    inversion P; subst. destruct N3 as [-> _]. intros B.
    destruct (cdiv_spec (Z.max 0 (a + reserved l + level l - cap_at c (drawdown l))) (leak c) ltac:(lia)) as [U V].
    assert (now - time l <= cdiv (Z.max 0 (a + reserved l + level l - cap_at c (drawdown l))) (leak c) - 1) by lia.
    assert (leak c * (now - time l) <=
            (cdiv (Z.max 0 (a + reserved l + level l - cap_at c (drawdown l))) (leak c) - 1) * leak c) by nia.
    lia.
Qed.
