(** Many sources into one observation, at most [f] of which lie. Spec: D15, T13.

    A report is a band that is widened already, its publish time, and whether its source is honest, which the rule does
    not know. Prices are integers: only their order is used. Ranks count from one. *)

From Coq Require Import ZArith Bool Lia List Permutation Sorted Arith.
From Damper Require Ledger LedgerSafe Observed.
Import ListNotations.
Local Open Scope Z_scope.

Record report : Set := mk_report { r_low : Z; r_high : Z; r_time : Z; honest : bool }.

(** The place of a rank in order. *)
Fixpoint insert (x : Z) (l : list Z) : list Z :=
  match l with
  | [] => [x]
  | y :: t => if x <=? y then x :: l else y :: insert x t
  end.
Definition sort (l : list Z) : list Z := fold_right insert [] l.
Definition place (k : nat) (l : list Z) : Z := nth (k - 1) (sort l) 0.

(** What D15 emits of [n] usable reports. *)
Definition band_low (f : nat) (rs : list report) : Z := place (f + 1) (map r_low rs).
Definition band_high (f : nat) (rs : list report) : Z := place (length rs - f) (map r_high rs).
Definition median_time (rs : list report) : Z := place (Nat.div2 (length rs + 1)) (map r_time rs).

Definition count {A} (p : A -> bool) (l : list A) : nat := length (filter p l).

Example ex_sources :
  let rs := [mk_report 100 102 7 true; mk_report 101 103 9 true; mk_report 90 91 10 false; mk_report 102 104 8 true] in
  (band_low 1 rs, band_high 1 rs, median_time rs) = (100, 103, 8).
Proof. reflexivity. Qed.

(** ** Counting *)

Lemma count_map {A B} (g : A -> B) p l : count p (map g l) = count (fun x => p (g x)) l.
Proof. unfold count. induction l as [|x l IH]; simpl; [reflexivity|]. destruct (p (g x)); simpl; congruence. Qed.

Lemma count_not {A} (p : A -> bool) l : (count p l + count (fun x => negb (p x)) l = length l)%nat.
Proof. unfold count. induction l as [|x l IH]; simpl; [reflexivity|]. destruct (p x); simpl; lia. Qed.

Lemma count_le {A} (p q : A -> bool) l : (forall x, In x l -> p x = true -> q x = true) -> (count p l <= count q l)%nat.
Proof.
  unfold count. induction l as [|x l IH]; simpl; intros H; [lia|].
  specialize (IH (fun y I => H y (or_intror I))). pose proof (H x (or_introl eq_refl)) as X.
  destruct (p x); destruct (q x); simpl; try lia; discriminate (X eq_refl).
Qed.

Lemma count_both {A} (p q : A -> bool) l : (count p l + count q l <= length l + count (fun x => p x && q x)%Z l)%nat.
Proof. unfold count. induction l as [|x l IH]; simpl; [lia|]. destruct (p x), (q x); simpl; lia. Qed.

Lemma count_some {A} (p : A -> bool) l : (0 < count p l)%nat -> exists x, In x l /\ p x = true.
Proof.
  unfold count. destruct (filter p l) as [|x t] eqn:E; simpl; intros H; [lia|]. exists x.
  apply filter_In. rewrite E. now left.
Qed.

Lemma count_permuted {A} (p : A -> bool) l l' : Permutation l l' -> count p l = count p l'.
Proof.
  unfold count. induction 1 as [|x l l' _ IH|x y l|l l' l'' _ IH _ IH']; simpl; [reflexivity| | |congruence].
  - destruct (p x); simpl; lia.
  - destruct (p x), (p y); reflexivity.
Qed.

Lemma insert_permuted x l : Permutation (x :: l) (insert x l).
Proof.
  induction l as [|y l IH]; simpl; auto. destruct (x <=? y); auto.
  apply perm_trans with (y :: x :: l); [apply perm_swap | now constructor].
Qed.
Lemma sort_permuted l : Permutation l (sort l).
Proof.
  induction l as [|x l IH]; simpl; auto. apply perm_trans with (x :: sort l); [now constructor | apply insert_permuted].
Qed.

Lemma insert_sorted x l : StronglySorted Z.le l -> StronglySorted Z.le (insert x l).
Proof.
  induction 1 as [|y l S IH F]; simpl; [repeat constructor|].
  destruct (Z.leb_spec x y).
  - constructor; [now constructor|]. constructor; [lia|]. eapply Forall_impl; [|exact F]. intros; lia.
  - constructor; [exact IH|].
    apply (Permutation_Forall (insert_permuted x l)). constructor; [lia | exact F].
Qed.
Lemma sort_sorted l : StronglySorted Z.le (sort l).
Proof. induction l as [|x l IH]; simpl; [constructor | now apply insert_sorted]. Qed.

(** In order, so many are at most the one at a place, and so many at least it. *)
Lemma sorted_counts l : StronglySorted Z.le l -> forall i, (i < length l)%nat ->
  (i + 1 <= count (fun x => x <=? nth i l 0)%Z l)%nat /\ (length l - i <= count (fun x => nth i l 0 <=? x)%Z l)%nat.
Proof.
  induction 1 as [|y l S IH F]; simpl; intros i Hi; [lia|].
  destruct i as [|i].
  - unfold count. simpl. rewrite Z.leb_refl. simpl. split; [lia|].
    enough (length l <= length (filter (fun x => y <=? x)%Z l))%nat by lia.
    clear - F. induction F as [|x l L F IH]; simpl; [lia|]. apply Z.leb_le in L. rewrite L. simpl. lia.
  - specialize (IH i ltac:(lia)). destruct IH as [A B]. unfold count in *. simpl.
    assert (Y : y <= nth i l 0) by (rewrite Forall_forall in F; apply F, nth_In; lia).
    apply Z.leb_le in Y. rewrite Y. simpl. split; [lia|]. destruct (nth i l 0 <=? y); simpl; lia.
Qed.

Lemma place_counts k l : (1 <= k <= length l)%nat ->
  (k <= count (fun x => x <=? place k l)%Z l)%nat /\ (length l + 1 <= k + count (fun x => place k l <=? x)%Z l)%nat.
Proof.
  intros Hk. pose proof (sort_permuted l) as P.
  rewrite !(count_permuted _ _ _ P). rewrite (Permutation_length P) in *.
  destruct (sorted_counts _ (sort_sorted l) (k - 1) ltac:(lia)) as [A B]. fold (place k l) in A, B. lia.
Qed.

(** A rank is at most what so many are at most, and at least what so many of the other end are at least. *)
Lemma place_le k l p : (1 <= k <= length l)%nat -> (k <= count (fun x => x <=? p)%Z l)%nat -> place k l <= p.
Proof.
  intros Hk C. destruct (place_counts k l Hk) as [_ B]. destruct (Z_le_gt_dec (place k l) p) as [L|L]; [exact L|].
  pose proof (count_not (fun x => x <=? p) l) as N.
  pose proof (count_le (fun x => place k l <=? x) (fun x => negb (x <=? p)) l) as M.
  assert (forall x, In x l -> (place k l <=? x) = true -> negb (x <=? p) = true).
  { intros x _ X. apply Z.leb_le in X. apply negb_true_iff, Z.leb_gt. lia. }
  specialize (M H). lia.
Qed.

Lemma place_ge k l p : (1 <= k <= length l)%nat -> (length l + 1 <= k + count (fun x => p <=? x)%Z l)%nat -> p <= place k l.
Proof.
  intros Hk C. destruct (place_counts k l Hk) as [A _]. destruct (Z_le_gt_dec p (place k l)) as [L|L]; [exact L|].
  pose proof (count_not (fun x => p <=? x) l) as N.
  pose proof (count_le (fun x => x <=? place k l) (fun x => negb (p <=? x)) l) as M.
  assert (forall x, In x l -> (x <=? place k l) = true -> negb (p <=? x) = true).
  { intros x _ X. apply Z.leb_le in X. apply negb_true_iff, Z.leb_gt. lia. }
  specialize (M H). lia.
Qed.

(** ** Sources *)

(** S1, and the least number that is usable. *)
Definition few_lie (f : nat) (rs : list report) : Prop :=
  (count (fun r => negb (honest r)) rs <= f)%nat /\ (2 * f + 1 <= length rs)%nat.

(** Of more than [f] one is honest. *)
Lemma one_is_honest f rs p : few_lie f rs -> (f < count p rs)%nat -> exists r, In r rs /\ honest r = true /\ p r = true.
Proof.
  intros [L _] C. pose proof (count_both p honest rs) as B. pose proof (count_not honest rs) as N.
  destruct (count_some (fun r => p r && honest r) rs ltac:(lia)) as (r & I & E).
  apply andb_true_iff in E. exists r. tauto.
Qed.

(** T13 (i). Every rank from [f + 1] to [n - f] of what the reports say, be it their lows, their highs or their times, lies
    between what two honest reports say. *)
Theorem T13_i_honest_range : forall f rs (g : report -> Z) k, few_lie f rs -> (f + 1 <= k <= length rs - f)%nat ->
  (exists r, In r rs /\ honest r = true /\ g r <= place k (map g rs)) /\
  (exists r, In r rs /\ honest r = true /\ place k (map g rs) <= g r).
Proof.
  intros f rs g k H Hk. pose proof H as [_ Hn].
  destruct (place_counts k (map g rs)) as [A B]; [rewrite map_length; lia|]. rewrite !count_map, map_length in *.
  split.
  - destruct (one_is_honest f rs (fun r => g r <=? place k (map g rs)) H ltac:(lia)) as (r & I & Hr & E).
    apply Z.leb_le in E. eauto.
  - destruct (one_is_honest f rs (fun r => place k (map g rs) <=? g r) H ltac:(lia)) as (r & I & Hr & E).
    apply Z.leb_le in E. eauto.
Qed.

Lemma div2_bounds n : (2 * Nat.div2 n <= n <= 2 * Nat.div2 n + 1)%nat.
Proof. pose proof (Nat.div2_odd n). destruct (Nat.odd n); simpl in *; lia. Qed.

(** T13 (i). The time of the aggregate lies between honest times. *)
Theorem T13_i_time : forall f rs, few_lie f rs ->
  (exists r, In r rs /\ honest r = true /\ r_time r <= median_time rs) /\
  (exists r, In r rs /\ honest r = true /\ median_time rs <= r_time r).
Proof.
  intros f rs H. apply (T13_i_honest_range f); [exact H|]. destruct H as [_ H]. pose proof (div2_bounds (length rs + 1)). lia.
Qed.

(** T13 (i). The sides are in order, whoever lies. *)
Theorem T13_i_in_order : forall f rs, (2 * f + 1 <= length rs)%nat -> Forall (fun r => r_low r <= r_high r) rs ->
  band_low f rs <= band_high f rs.
Proof.
  intros f rs Hn H. unfold band_low. apply place_le; [rewrite map_length; lia|]. rewrite count_map.
  destruct (place_counts (length rs - f) (map r_high rs)) as [A _]; [rewrite map_length; lia|]. rewrite count_map in A.
  fold (band_high f rs) in A.
  pose proof (count_le (fun r => r_high r <=? band_high f rs) (fun r => r_low r <=? band_high f rs) rs) as C.
  rewrite Forall_forall in H.
  specialize (C ltac:(intros r I E; specialize (H r I); apply Z.leb_le in E; apply Z.leb_le; lia)). lia.
Qed.

(** T13 (ii). The band contains every price that [f + 1] bands contain, whoever lies. *)
Theorem T13_ii_contains : forall f rs p, (2 * f + 1 <= length rs)%nat ->
  (f + 1 <= count (fun r => (r_low r <=? p) && (p <=? r_high r))%Z rs)%nat ->
  band_low f rs <= p <= band_high f rs.
Proof.
  intros f rs p Hn H. split.
  - apply place_le; [rewrite map_length; lia|]. rewrite count_map.
    pose proof (count_le (fun r => (r_low r <=? p) && (p <=? r_high r)) (fun r => r_low r <=? p) rs
      ltac:(intros r _ E; apply andb_true_iff in E; tauto)). lia.
  - apply place_ge; [rewrite map_length; lia|]. rewrite count_map, map_length.
    pose proof (count_le (fun r => (r_low r <=? p) && (p <=? r_high r)) (fun r => p <=? r_high r) rs
      ltac:(intros r _ E; apply andb_true_iff in E; tauto)). lia.
Qed.

(** T13 (ii). So it contains the true price, if the bands of all honest sources do (S2). *)
Theorem T13_ii_true_price : forall f rs p, few_lie f rs ->
  (forall r, In r rs -> honest r = true -> r_low r <= p <= r_high r) ->
  band_low f rs <= p <= band_high f rs.
Proof.
  intros f rs p [L Hn] H. apply T13_ii_contains; [exact Hn|].
  pose proof (count_not honest rs) as N.
  pose proof (count_le honest (fun r => (r_low r <=? p) && (p <=? r_high r)) rs) as C.
  assert (forall r, In r rs -> honest r = true -> (r_low r <=? p) && (p <=? r_high r) = true).
  { intros r I E. destruct (H r I E). apply andb_true_iff. now rewrite !Z.leb_le. }
  specialize (C H0). lia.
Qed.

(** T13 (ii). Any ranks from [f + 1] to [n - f] have this. *)
Theorem T13_ii_any_ranks : forall f rs p i j, few_lie f rs ->
  (f + 1 <= i <= length rs - f)%nat -> (f + 1 <= j <= length rs - f)%nat ->
  (forall r, In r rs -> honest r = true -> r_low r <= p <= r_high r) ->
  place i (map r_low rs) <= p <= place j (map r_high rs).
Proof.
  intros f rs p i j H Hi Hj Hp.
  destruct (T13_i_honest_range f rs r_low i H Hi) as [_ (r & I & E & L)].
  destruct (T13_i_honest_range f rs r_high j H Hj) as [(q & J & F & M) _].
  pose proof (Hp r I E). pose proof (Hp q J F). lia.
Qed.

(** T13 (v), of [n >= 4 f + 1] sources. An honest source says at least the low side, and no later than the time of the
    aggregate; one says at most the high side, and no earlier. *)
Theorem T13_v_many : forall f rs, few_lie f rs -> (4 * f + 1 <= length rs)%nat ->
  (exists r, In r rs /\ honest r = true /\ band_low f rs <= r_low r /\ r_time r <= median_time rs) /\
  (exists r, In r rs /\ honest r = true /\ r_high r <= band_high f rs /\ median_time rs <= r_time r).
Proof.
  intros f rs H Hn. pose proof (div2_bounds (length rs + 1)) as D.
  destruct (place_counts (Nat.div2 (length rs + 1)) (map r_time rs)) as [T1 T2]; [rewrite map_length; lia|].
  destruct (place_counts (f + 1) (map r_low rs)) as [_ L]; [rewrite map_length; lia|].
  destruct (place_counts (length rs - f) (map r_high rs)) as [U _]; [rewrite map_length; lia|].
  rewrite !count_map, !map_length in *.
  fold (median_time rs) in T1, T2. fold (band_low f rs) in L. fold (band_high f rs) in U.
  split.
  - pose proof (count_both (fun r => band_low f rs <=? r_low r) (fun r => r_time r <=? median_time rs) rs) as B.
    destruct (one_is_honest f rs (fun r => (band_low f rs <=? r_low r) && (r_time r <=? median_time rs)) H ltac:(lia))
      as (r & I & E & P).
    apply andb_true_iff in P. rewrite !Z.leb_le in P. exists r. tauto.
  - pose proof (count_both (fun r => r_high r <=? band_high f rs) (fun r => median_time rs <=? r_time r) rs) as B.
    destruct (one_is_honest f rs (fun r => (r_high r <=? band_high f rs) && (median_time rs <=? r_time r)) H ltac:(lia))
      as (r & I & E & P).
    apply andb_true_iff in P. rewrite !Z.leb_le in P. exists r. tauto.
Qed.

(** T13 (vi), of [n >= 4 f + 1] sources. If all honest highs below [ref] are of times in [a, a + w], so is the time of every
    aggregate whose high side is below [ref]: two of them are no more than [w] apart. *)
Theorem T13_vi_many : forall f rs ref a w, few_lie f rs -> (4 * f + 1 <= length rs)%nat ->
  (forall r, In r rs -> honest r = true -> r_high r < ref -> a <= r_time r <= a + w) ->
  band_high f rs < ref -> a <= median_time rs <= a + w.
Proof.
  intros f rs ref a w H Hn Hw Hb. pose proof (div2_bounds (length rs + 1)) as D.
  destruct (place_counts (length rs - f) (map r_high rs)) as [U _]; [rewrite map_length; lia|].
  rewrite count_map in U. fold (band_high f rs) in U.
  pose proof (count_both honest (fun r => r_high r <=? band_high f rs) rs) as B. pose proof (count_not honest rs) as N.
  pose proof (count_le (fun r => honest r && (r_high r <=? band_high f rs)) (fun r => (a <=? r_time r) && (r_time r <=? a + w)) rs) as C.
  assert (X : forall r, In r rs -> honest r && (r_high r <=? band_high f rs) = true -> (a <=? r_time r) && (r_time r <=? a + w) = true).
  { intros r I E. apply andb_true_iff in E. rewrite Z.leb_le in E. destruct E as [E1 E2].
    destruct (Hw r I E1 ltac:(lia)). apply andb_true_iff. now rewrite !Z.leb_le. }
  specialize (C X). destruct H as [L _]. split.
  - apply place_ge; [rewrite map_length; lia|]. rewrite count_map, map_length.
    pose proof (count_le (fun r => (a <=? r_time r) && (r_time r <=? a + w)) (fun r => a <=? r_time r) rs
      ltac:(intros r _ E; apply andb_true_iff in E; tauto)). lia.
  - apply place_le; [rewrite map_length; lia|]. rewrite count_map.
    pose proof (count_le (fun r => (a <=? r_time r) && (r_time r <=? a + w)) (fun r => r_time r <=? a + w) rs
      ltac:(intros r _ E; apply andb_true_iff in E; tauto)). lia.
Qed.

(** ** What the ledger reads of them *)

Import Ledger LedgerSafe Observed.

(** T13 (iv). A ledger that is fed with aggregates whose bands contain the true price of their moment uses no drawdown above a
    true fall between two moments in order; with no term for an error. Prices in steps of 2^-191. *)
Theorem T13_iv_fall : forall c width b t now es (P : Z -> Z),
  params_ok c -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let y := sys_run c width (sys_open b t now) es in
  (forall u bu, In (u, bu) (hist y) -> price_value (low bu) <= P u <= price_value (high bu)) ->
  used (base y) <= 0 \/ exists s u, s < u /\ used (base y) * P s <= (P s - P u) * ONE.
Proof.
  intros c width b t now es P Hc Hb Hn Hes y HP.
  pose proof (sys_inv_run c width b t now es Hc Hb Hn Hes) as (Hh & _). fold y in Hh.
  destruct (H2_used_is_seen c width b t now es Hc Hb Hn Hes) as [L|(s & bs & u & bu & Is & Iu & Hsu & H)]; [left; exact L|right].
  fold y in Is, Iu, H. exists s, u. split; [exact Hsu|].
  destruct (HP _ _ Is) as [P1 _]. destruct (HP _ _ Iu) as [_ P2].
  destruct (Hh _ _ Is) as (_ & L1 & _). destruct (Hh _ _ Iu) as (_ & _ & L2 & _).
  apply price_value_pos in L1, L2. pose proof ONE_pos as O.
  set (l := price_value (low bs)) in *. set (h := price_value (high bu)) in *. set (d := used (base y)) in *. clearbody l h d.
  assert (h * ONE <= l * (ONE - d)) by nia. assert (0 < ONE - d) by nia. nia.
Qed.

(** T13 (v), of [n >= 4 f + 1] sources in each aggregate: the same of reports that are true at their own time. *)
Theorem T13_v_fall : forall c width b t now es f (P : Z -> Z),
  params_ok c -> band_ok b -> 0 <= now -> Forall sys_event_ok es ->
  let y := sys_run c width (sys_open b t now) es in
  (forall u bu, In (u, bu) (hist y) -> exists rs, few_lie f rs /\ (4 * f + 1 <= length rs)%nat /\
     band_low f rs = price_value (low bu) /\ band_high f rs = price_value (high bu) /\ median_time rs = u /\
     (forall r, In r rs -> honest r = true -> 0 < r_low r <= P (r_time r) /\ P (r_time r) <= r_high r)) ->
  used (base y) <= 0 \/ exists s u, s < u /\ used (base y) * P s <= (P s - P u) * ONE.
Proof.
  intros c width b t now es f P Hc Hb Hn Hes y HP.
  pose proof (sys_inv_run c width b t now es Hc Hb Hn Hes) as (Hh & _). fold y in Hh.
  destruct (H2_used_is_seen c width b t now es Hc Hb Hn Hes) as [L|(s & bs & u & bu & Is & Iu & Hsu & H)]; [left; exact L|right].
  fold y in Is, Iu, H.
  destruct (HP _ _ Is) as (rs & F1 & N1 & A1 & _ & T1 & Q1). destruct (HP _ _ Iu) as (ru & F2 & N2 & _ & A2 & T2 & Q2).
  destruct (T13_v_many f rs F1 N1) as [(r & R1 & R2 & R3 & R4) _]. destruct (T13_v_many f ru F2 N2) as [_ (q & S1 & S2 & S3 & S4)].
  exists (r_time r), (r_time q). split; [lia|].
  destruct (Q1 r R1 R2) as [B1 B2]. destruct (Q2 q S1 S2) as [B3 B4].
  destruct (Hh _ _ Is) as (_ & L1 & _). destruct (Hh _ _ Iu) as (_ & _ & L2 & _).
  apply price_value_pos in L1, L2. pose proof ONE_pos as O.
  set (l := price_value (low bs)) in *. set (h := price_value (high bu)) in *. set (d := used (base y)) in *. clearbody l h d.
  assert (h * ONE <= l * (ONE - d)) by nia. assert (0 < ONE - d) by nia.
  set (x := P (r_time r)) in *. set (z := P (r_time q)) in *. clearbody x z. assert (l <= x) by lia. assert (z <= h) by lia. nia.
Qed.
