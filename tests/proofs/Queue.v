(** The order of service: by deadline, then by ticket. Spec: D22, T15. *)

From Coq Require Import ZArith Lia List Permutation Sorted.
Import ListNotations.
Local Open Scope Z_scope.

Record entry : Set := mk_entry { deadline : Z; ticket : Z; amount : Z }.

Definition precedes (a b : entry) : Prop := deadline a < deadline b \/ deadline a = deadline b /\ ticket a < ticket b.

(** T15 (i). Who is admitted at [u], with a deadline of [u] or later and a later ticket, precedes no entry whose deadline is
    [u] or has passed. *)
Theorem T15_i_nobody_new_before : forall e x u, u <= deadline x -> ticket e < ticket x -> deadline e <= u -> ~ precedes x e.
Proof. unfold precedes. lia. Qed.

Definition total (l : list entry) : Z := fold_right (fun e sum => amount e + sum) 0 l.

(** Served in this order, every entry is in time: what is served up to and with it is at most [C] of its deadline, what can
    be sold by then. *)
Definition in_time (C : Z -> Z) (l : list entry) : Prop := forall p e s, l = p ++ e :: s -> total (p ++ [e]) <= C (deadline e).

(** What is to be served by [d]. *)
Definition due (d : Z) (l : list entry) : Z := total (filter (fun e => deadline e <=? d) l).

Lemma total_app l m : total (l ++ m) = total l + total m.
Proof. unfold total. induction l as [|e l IH]; simpl; lia. Qed.

Lemma due_app d l m : due d (l ++ m) = due d l + due d m.
Proof. unfold due. rewrite filter_app. apply total_app. Qed.

Lemma due_permuted d l m : Permutation l m -> due d l = due d m.
Proof.
  unfold due, total. induction 1 as [|x l l' _ IH|x y l|l l' l'' _ IH _ IH']; simpl; [reflexivity| | |congruence].
  - destruct (deadline x <=? d); simpl; lia.
  - destruct (deadline x <=? d), (deadline y <=? d); simpl; lia.
Qed.

Lemma due_le_total d l : Forall (fun e => 0 <= amount e) l -> due d l <= total l.
Proof. unfold due, total. induction 1 as [|e l A _ IH]; simpl; [lia|]. destruct (deadline e <=? d); simpl; lia. Qed.

(** All that is due by [d] is served up to and with the last of it. *)
Lemma last_due d l : Exists (fun e => deadline e <= d) l ->
  exists p x s, l = p ++ x :: s /\ deadline x <= d /\ due d s = 0.
Proof.
  induction l as [|e l IH]; intros H; [inversion H|].
  destruct (Exists_dec (fun e => deadline e <= d) l (fun e => Z_le_dec (deadline e) d)) as [E|N].
  - destruct (IH E) as (p & x & s & -> & L & D). exists (e :: p), x, s. auto.
  - exists [], e, l. split; [reflexivity|]. inversion H; subst; [|contradiction]. split; [assumption|].
    clear - N. unfold due, total. induction l as [|y l IH]; simpl; [reflexivity|].
    destruct (Z.leb_spec (deadline y) d) as [L|L]; [destruct N; now constructor|]. apply IH. intros X. apply N. now right.
Qed.

Lemma in_time_due C l d : (forall a b, a <= b -> C a <= C b) -> Forall (fun e => 0 <= amount e) l -> in_time C l ->
  Exists (fun e => deadline e <= d) l -> due d l <= C d.
Proof.
  intros Hmono Ha Ht Hd. destruct (last_due d l Hd) as (p & x & s & -> & L & D).
  specialize (Ht p x s eq_refl). specialize (Hmono _ _ L).
  replace (p ++ x :: s) with ((p ++ [x]) ++ s) in * by now rewrite <- app_assoc.
  rewrite due_app, D. apply Forall_app in Ha. destruct Ha as [Ha _]. pose proof (due_le_total d _ Ha). lia.
Qed.

(** T15 (ii). If any order of service has all in time, the order by deadlines has. *)
Theorem T15_ii_earliest_deadline_first : forall C l other,
  (forall a b, a <= b -> C a <= C b) -> Forall (fun e => 0 <= amount e) l -> Permutation l other -> in_time C other ->
  StronglySorted (fun a b => deadline a <= deadline b) l -> in_time C l.
Proof.
  intros C l other Hmono Ha P Ht Hs p e s E.
  assert (D : due (deadline e) l <= C (deadline e)).
  { rewrite (due_permuted _ _ _ P). apply in_time_due; auto.
    - apply (Permutation_Forall P Ha).
    - apply Exists_exists. exists e. split; [|lia]. apply (Permutation_in _ P). rewrite E. apply in_or_app. right. now left. }
  apply Z.le_trans with (due (deadline e) l); [|exact D].
  subst l. replace (p ++ e :: s) with ((p ++ [e]) ++ s) in * by now rewrite <- app_assoc.
  rewrite due_app.
  assert (S0 : 0 <= due (deadline e) s).
  { apply Forall_app in Ha. destruct Ha as [_ Ha]. unfold due, total. clear - Ha.
    induction Ha as [|x s A _ IH]; simpl; [lia|]. destruct (deadline x <=? deadline e); simpl; lia. }
  assert (B : Forall (fun x => deadline x <= deadline e) (p ++ [e])).
  { clear - Hs. induction p as [|x p IH]; simpl in *.
    - repeat constructor. lia.
    - inversion Hs; subst. constructor; [|now apply IH].
      rewrite Forall_forall in H2. apply H2. apply in_or_app. left. apply in_or_app. right. now left. }
  enough (T : due (deadline e) (p ++ [e]) = total (p ++ [e])) by lia.
  unfold due. clear - B. induction B as [|x l L _ IH]; simpl; [reflexivity|].
  apply Z.leb_le in L. rewrite L. simpl. lia.
Qed.

(** ** Places *)

(** The smallest, and the rest. *)
Fixpoint smallest (l : list Z) : Z := match l with [] => 0 | [x] => x | x :: l => Z.min x (smallest l) end.
Fixpoint without (x : Z) (l : list Z) : list Z :=
  match l with
  | [] => []
  | y :: l => if x =? y then l else y :: without x l
  end.

(** An amount is offered to a queue of at most [K]: what waits after it. *)
Definition offer (K : nat) (wait : list Z) (x : Z) : list Z :=
  if (length wait <? K)%nat then x :: wait
  else if smallest wait <? x then x :: without (smallest wait) wait
  else wait.

(** How many are at least [v]. *)
Definition at_least (v : Z) (l : list Z) : nat := length (filter (fun x => v <=? x) l).

Lemma smallest_spec l : l <> [] -> In (smallest l) l /\ forall x, In x l -> smallest l <= x.
Proof.
  induction l as [|x [|y l] IH]; intros N; [easy| |].
  - simpl. split; [auto|]. intros z [->|[]]. lia.
  - destruct (IH ltac:(discriminate)) as [I L].
    change (smallest (x :: y :: l)) with (Z.min x (smallest (y :: l))). split.
    + destruct (Z.min_spec x (smallest (y :: l))) as [[_ ->]|[_ ->]]; [now left | now right].
    + intros z [->|Hz]; [lia|]. specialize (L z Hz). lia.
Qed.

Lemma without_count x v l : In x l ->
  (at_least v (without x l) + (if (v <=? x)%Z then 1 else 0) = at_least v l /\ length (without x l) + 1 = length l)%nat.
Proof.
  unfold at_least. induction l as [|y l IH]; [easy|]. intros I. simpl.
  destruct (Z.eqb_spec x y) as [->|N].
  - destruct (v <=? y); simpl; lia.
  - destruct I as [->|I]; [contradiction|]. specialize (IH I). simpl. destruct (v <=? y); simpl; lia.
Qed.

Lemma at_least_length v l : (at_least v l <= length l)%nat.
Proof. unfold at_least. induction l as [|x l IH]; simpl; [lia|]. destruct (v <=? x); simpl; lia. Qed.

Lemma at_least_all v l : (forall x, In x l -> v <= x) -> at_least v l = length l.
Proof.
  unfold at_least. induction l as [|x l IH]; simpl; intros H; [reflexivity|].
  pose proof (H x (or_introl eq_refl)) as X. apply Z.leb_le in X. rewrite X. simpl. f_equal. apply IH. auto.
Qed.

Lemma at_least_fewer v l x : In x l -> x < v -> (at_least v l < length l)%nat.
Proof.
  intros I L. destruct (without_count x v l I) as [A B]. destruct (Z.leb_spec v x); [lia|].
  pose proof (at_least_length v (without x l)). lia.
Qed.

(** T15 (iv). While nothing leaves but by displacement, those that wait are the [K] largest of those that were offered: of each
    size or more there are as many as were offered, up to [K]. *)
Theorem T15_iv_the_largest_wait : forall K offered, (0 < K)%nat ->
  let wait := fold_left (offer K) offered [] in
  length wait = Nat.min K (length offered) /\ forall v, at_least v wait = Nat.min K (at_least v offered).
Proof.
  intros K offered HK. cbv zeta. induction offered as [|x offered IH] using rev_ind.
  - simpl. rewrite Nat.min_0_r. split; [reflexivity|]. intros v. unfold at_least. simpl. now rewrite Nat.min_0_r.
  - rewrite fold_left_app. cbn [fold_left]. set (wait := fold_left (offer K) offered []) in *. clearbody wait.
    destruct IH as [L C].
    assert (O : forall v, at_least v (offered ++ [x]) = (at_least v offered + (if (v <=? x)%Z then 1 else 0))%nat).
    { intros v. unfold at_least. rewrite filter_app, app_length. simpl. destruct (v <=? x); reflexivity. }
    rewrite app_length. cbn [length]. unfold offer.
    destruct (Nat.ltb_spec (length wait) K) as [F|F].
    + split; [simpl; lia|]. intros v. rewrite O. pose proof (C v). pose proof (at_least_length v offered).
      unfold at_least in *. simpl. destruct (v <=? x); simpl; lia.
    + assert (N : wait <> []) by (intros ->; simpl in *; lia).
      destruct (smallest_spec wait N) as [I S]. set (m := smallest wait) in *. clearbody m.
      destruct (Z.ltb_spec m x) as [X|X].
      * destruct (without_count m 0 wait I) as [_ W]. split; [simpl; lia|]. intros v. rewrite O.
        destruct (without_count m v wait I) as [A _]. pose proof (C v) as Cv.
        replace (at_least v (x :: without m wait)) with (at_least v (without m wait) + (if (v <=? x)%Z then 1 else 0))%nat
          by (unfold at_least; simpl; destruct (v <=? x); simpl; lia).
        destruct (Z.leb_spec v m) as [Vm|Vm]; destruct (Z.leb_spec v x) as [Vx|Vx]; try lia.
        -- assert (at_least v wait = length wait) by (apply at_least_all; intros y Hy; specialize (S y Hy); lia). lia.
        -- pose proof (at_least_fewer v wait m I Vm). lia.
      * split; [lia|]. intros v. rewrite O. pose proof (C v) as Cv. destruct (Z.leb_spec v x) as [Vx|Vx]; [|lia].
        assert (at_least v wait = length wait) by (apply at_least_all; intros y Hy; specialize (S y Hy); lia). lia.
Qed.
