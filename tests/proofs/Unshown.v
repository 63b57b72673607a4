(** Own sales that the snapshot of depth may not show: the charges for them always reach the impact of them. This is
    what the proof of (H1) in T-A asks of the crate. Model of [Unshown], [DepthConfig::update] (own consumption) and
    [DepthConfig::charge_ceil] of depth.rs, over Z. Spec: D2, T0, T-A on (H1), A3, A4. *)

From Coq Require Import ZArith Bool Lia List.
From Damper Require Import Ledger LedgerSafe Ordered TheoremA.
Import ListNotations.
Local Open Scope Z_scope.

(** ** Model *)

Record part : Set := mk_part { first : Z; latest : Z; quantity : Z; paid : Z }.

(** [Unshown::none], [Unshown::after], [Unshown::with]. *)
Definition part_none (now : Z) : part := mk_part now now 0 0.
Definition part_after (p : part) (s : Z) : part :=
  if latest p <? s then part_none s
  else if s <? first p then p
  else mk_part (first p) (latest p) (quantity p) 0.
Definition part_with (p : part) (sale charge now : Z) : part :=
  if quantity p =? 0 then mk_part now now (quantity p + sale) (paid p + charge)
  else mk_part (Z.min (first p) now) (Z.max (latest p) now) (quantity p + sale) (paid p + charge).

Record consumption : Set := mk_consumption { source_time : Z; older : part; newer : part }.

(** [DepthConfig::open] and, for the source time [s] of a further snapshot, [DepthConfig::update]. *)
Definition consumption_open (s : Z) : consumption := mk_consumption s (part_none s) (part_none s).
Definition snapshot (d : consumption) (s : Z) : consumption :=
  if source_time d <? s then
    let o := part_after (older d) s in
    let n := part_after (newer d) s in
    if quantity o =? 0 then mk_consumption s n (part_none s) else mk_consumption s o n
  else d.

(** [Depth::sold], [Depth::paid], [DepthConfig::charge_ceil] on a book of impact [impact], [Depth::sell]. *)
Definition consumed (d : consumption) : Z := quantity (older d) + quantity (newer d).
Definition paid_for (d : consumption) : Z := paid (older d) + paid (newer d).
Definition charge_ceil (d : consumption) (impact : Z -> Z) (sale : Z) : Z :=
  excess_over (impact (consumed d + sale)) (paid_for d).
Definition sell (d : consumption) (sale charge now : Z) : consumption :=
  mk_consumption (source_time d) (older d) (part_with (newer d) sale charge now).

(** ** What the snapshot in force really does not show *)

Record sale : Set := mk_sale { at_time : Z; amount : Z; charged : Z }.

Fixpoint amounts (u : list sale) : Z := match u with [] => 0 | x :: r => amount x + amounts r end.
Fixpoint charges (u : list sale) : Z := match u with [] => 0 | x :: r => charged x + charges r end.

(** A4: a snapshot dated after a sale shows it, one dated before it does not; of a sale in its own second it may show or
    not ([unseen] decides). *)
Definition hidden (s : Z) (unseen : sale -> bool) (x : sale) : bool :=
  if at_time x <? s then false else if s <? at_time x then true else unseen x.

(** The state with the sales that are truly not shown, of each part. *)
Record world : Type := mk_world { depth : consumption; in_older : list sale; in_newer : list sale }.

Inductive depth_event : Type :=
| Snapshot (s : Z) (unseen : sale -> bool)
| Sale (now quantity : Z) (impact : Z -> Z).

(** Any snapshots, in any order of source times (one that is not later changes nothing), and any sales, each charged on
    a book of its own. *)
Definition depth_step (w : world) (e : depth_event) : world :=
  match e with
  | Snapshot s unseen =>
      if source_time (depth w) <? s then
        let o := filter (hidden s unseen) (in_older w) in
        let n := filter (hidden s unseen) (in_newer w) in
        if quantity (part_after (older (depth w)) s) =? 0
        then mk_world (snapshot (depth w) s) n []
        else mk_world (snapshot (depth w) s) o n
      else w
  | Sale now q impact =>
      let a := charge_ceil (depth w) impact q in
      mk_world (sell (depth w) q a now) (in_older w) (mk_sale now q a :: in_newer w)
  end.

Definition depth_event_ok (e : depth_event) : Prop :=
  match e with Snapshot _ _ => True | Sale _ q _ => 0 < q end.

Definition depth_run (w : world) (es : list depth_event) : world := fold_left depth_step es w.
Definition depth_open (s : Z) : world := mk_world (consumption_open s) [] [].

(** ** What every run keeps *)

Definition part_inv (p : part) (u : list sale) : Prop :=
  amounts u <= quantity p /\ 0 <= paid p <= charges u /\
  Forall (fun x => 0 < amount x /\ 0 <= charged x /\ first p <= at_time x <= latest p) u.

Lemma charges_nonneg p u : Forall (fun x => 0 < amount x /\ 0 <= charged x /\ first p <= at_time x <= latest p) u ->
  0 <= charges u /\ 0 <= amounts u.
Proof. induction 1 as [|x r H Hr IH]; simpl; lia. Qed.

Lemma filter_sums p f u : Forall (fun x => 0 < amount x /\ 0 <= charged x /\ first p <= at_time x <= latest p) u ->
  amounts (filter f u) <= amounts u /\ 0 <= charges (filter f u) /\
  Forall (fun x => 0 < amount x /\ 0 <= charged x /\ first p <= at_time x <= latest p) (filter f u).
Proof.
  induction 1 as [|x r H Hr (IH1 & IH2 & IH3)]; simpl; [repeat split; auto; lia|].
  destruct (f x); simpl; repeat split; auto; lia.
Qed.

Lemma part_inv_none s : part_inv (part_none s) [].
Proof. unfold part_inv, part_none; simpl. repeat split; auto; lia. Qed.

Lemma part_inv_after p u s unseen : part_inv p u -> part_inv (part_after p s) (filter (hidden s unseen) u).
Proof.
  intros (Hq & Hp & Hu). unfold part_after.
  destruct (latest p <? s) eqn:E1.
  - apply Z.ltb_lt in E1. replace (filter (hidden s unseen) u) with (@nil sale); [apply part_inv_none|].
    clear Hq Hp. induction Hu as [|x r H Hr IH]; simpl; [reflexivity|].
    unfold hidden at 1. replace (at_time x <? s) with true by (symmetry; apply Z.ltb_lt; lia). exact IH.
  - destruct (s <? first p) eqn:E2.
    + apply Z.ltb_lt in E2. replace (filter (hidden s unseen) u) with u; [repeat split; auto; lia|].
      clear Hq Hp. induction Hu as [|x r H Hr IH]; simpl; [reflexivity|].
      unfold hidden at 1. replace (at_time x <? s) with false by (symmetry; apply Z.ltb_ge; lia).
      replace (s <? at_time x) with true by (symmetry; apply Z.ltb_lt; lia). now rewrite <- IH.
    + destruct (filter_sums p (hidden s unseen) u Hu) as (F1 & F2 & F3). unfold part_inv; simpl.
      repeat split; auto; lia.
Qed.

Lemma part_inv_empty p u : part_inv p u -> quantity p = 0 -> u = [].
Proof.
  intros (Hq & _ & Hu) Z0. destruct u as [|x r]; [reflexivity|]. inversion Hu; subst. simpl in Hq.
  destruct (charges_nonneg p r) as [_ ?]; [assumption|]. lia.
Qed.

Lemma part_inv_with p u q a now : part_inv p u -> 0 <= quantity p -> 0 < q -> 0 <= a ->
  part_inv (part_with p q a now) (mk_sale now q a :: u).
Proof.
  intros I Hq0 Hq Ha. unfold part_with. destruct (quantity p =? 0) eqn:E.
  - apply Z.eqb_eq in E. pose proof (part_inv_empty p u I E) as N. subst u. destruct I as (_ & Hp & _). simpl in Hp.
    unfold part_inv; simpl. split; [lia|]. split; [lia|]. constructor; simpl; [lia|constructor].
  - destruct I as (H1 & H2 & H3). unfold part_inv; simpl. split; [lia|]. split; [lia|].
    constructor; simpl; [lia|]. eapply Forall_impl; [|exact H3]. simpl. lia.
Qed.

Definition world_inv (w : world) : Prop :=
  part_inv (older (depth w)) (in_older w) /\ part_inv (newer (depth w)) (in_newer w) /\
  0 <= quantity (older (depth w)) /\ 0 <= quantity (newer (depth w)).

Lemma quantity_after p s : 0 <= quantity p -> 0 <= quantity (part_after p s).
Proof. unfold part_after. destruct (_ <? s); [simpl; lia|]. destruct (s <? _); simpl; lia. Qed.

Lemma world_inv_step w e : depth_event_ok e -> world_inv w -> world_inv (depth_step w e).
Proof.
  intros He (Ho & Hn & Qo & Qn). destruct e as [s unseen|now q impact]; simpl in *.
  - destruct (source_time (depth w) <? s) eqn:T; [|repeat split; auto; try apply Ho; try apply Hn].
    unfold world_inv, snapshot. rewrite T.
    pose proof (part_inv_after _ _ s unseen Ho) as Ao. pose proof (part_inv_after _ _ s unseen Hn) as An.
    pose proof (quantity_after (older (depth w)) s Qo). pose proof (quantity_after (newer (depth w)) s Qn).
    destruct (quantity (part_after (older (depth w)) s) =? 0) eqn:E; simpl.
    + split; [exact An|]. split; [apply part_inv_none|]. split; [assumption|lia].
    + repeat split; try apply Ao; try apply An; assumption.
  - unfold world_inv, sell; simpl. split; [exact Ho|].
    assert (Ha : 0 <= charge_ceil (depth w) impact q) by (unfold charge_ceil, excess_over; lia).
    split; [apply part_inv_with; auto|]. split; [exact Qo|].
    unfold part_with. destruct (_ =? 0); simpl; lia.
Qed.

Lemma world_inv_run s es : Forall depth_event_ok es -> world_inv (depth_run (depth_open s) es).
Proof.
  intros H. unfold depth_run.
  assert (G : world_inv (depth_open s)).
  { unfold world_inv, depth_open; simpl. split; [apply part_inv_none|]. split; [apply part_inv_none|]. lia. }
  revert G. generalize (depth_open s). induction H as [|e es He Hes IH]; intros w I; simpl; auto.
  apply IH, world_inv_step; auto.
Qed.

Lemma sums_app u v : amounts (u ++ v) = amounts u + amounts v /\ charges (u ++ v) = charges u + charges v.
Proof. induction u as [|x r [IH1 IH2]]; simpl; [lia|]. rewrite IH1, IH2. lia. Qed.

(** All sales that the snapshot in force does not show. *)
Definition unshown (w : world) : list sale := in_older w ++ in_newer w.

(** (H1), the part of the crate. After any snapshots and sales, right after a further sale on a book whose impact rises
    with the quantity: the charges for the sales that the snapshot in force does not show reach the impact of them on
    that book. *)
Theorem H1_charges_reach_the_impact : forall (s : Z) (es : list depth_event) (now q : Z) (impact : Z -> Z),
  Forall depth_event_ok es -> 0 < q -> (forall x y, x <= y -> impact x <= impact y) ->
  let u := unshown (depth_step (depth_run (depth_open s) es) (Sale now q impact)) in
  impact (amounts u) <= charges u.
Proof.
  intros s es now q impact Hes Hq Hmono. cbv zeta.
  pose proof (world_inv_run s es Hes) as ((Ho1 & Ho2 & _) & (Hn1 & Hn2 & _) & _).
  set (w := depth_run (depth_open s) es) in *. unfold unshown. cbn [depth_step in_older in_newer].
  destruct (sums_app (in_older w) (mk_sale now q (charge_ceil (depth w) impact q) :: in_newer w)) as [S1 S2].
  rewrite S1, S2. cbn [amounts charges amount charged].
  unfold charge_ceil, excess_over, consumed, paid_for.
  pose proof (Hmono (amounts (in_older w) + (q + amounts (in_newer w)))
                    (quantity (older (depth w)) + quantity (newer (depth w)) + q) ltac:(lia)). lia.
Qed.

(** T0. On one snapshot, and any split of an order into sales, the charges sum to at least the impact of the whole. *)
Theorem T0_split : forall (s : Z) (impact : Z -> Z) (parts : list (Z * Z)),
  Forall (fun p => 0 < snd p) parts -> parts <> [] -> (forall x y, x <= y -> impact x <= impact y) ->
  let u := unshown (depth_run (depth_open s) (map (fun p => Sale (fst p) (snd p) impact) parts)) in
  amounts u = fold_right Z.add 0 (map snd parts) /\ impact (amounts u) <= charges u.
Proof.
  intros s impact parts Hp Hne Hmono. cbv zeta. split.
  - assert (G : forall w, amounts (unshown (depth_run w (map (fun p => Sale (fst p) (snd p) impact) parts)))
                = amounts (unshown w) + fold_right Z.add 0 (map snd parts)).
    { clear. induction parts as [|[t q] r IH]; intros w; simpl; [lia|].
      change (fold_left depth_step (map (fun p => Sale (fst p) (snd p) impact) r) ?v)
        with (depth_run v (map (fun p => Sale (fst p) (snd p) impact) r)).
      rewrite IH. unfold unshown; simpl.
      destruct (sums_app (in_older w) (in_newer w)) as [-> _].
      destruct (sums_app (in_older w) (mk_sale t q (charge_ceil (depth w) impact q) :: in_newer w)) as [-> _].
      simpl. lia. }
    rewrite G. simpl. lia.
  - destruct (exists_last Hne) as (init & [t q] & ->). rewrite map_app. unfold depth_run. rewrite fold_left_app. simpl.
    apply Forall_app in Hp. destruct Hp as [Hi Hl]. inversion Hl; subst. simpl in *.
    apply (H1_charges_reach_the_impact s (map (fun p => Sale (fst p) (snd p) impact) init) t q impact); auto.
    apply Forall_map. eapply Forall_impl; [|exact Hi]. simpl. auto.
Qed.

Section Displacement.
  Variable K : ordered_field.
  Add Field K_field_unshown : (is_field K).
  Local Open Scope field_scope.

  (** (H1), one step of the induction over snapshots. [all] are all charges so far. If displacement at the source time
      of the snapshot in force was at most [kappa] times what was charged for the sales that it shows, and (A3) the
      sales that it does not show displace by at most [kappa] times their impact on the credible book, then displacement
      right after a sale is at most [kappa] times all charges. *)
  Theorem H1_displacement : forall (s : Z) (es : list depth_event) (now q : Z) (impact : Z -> Z) (all : Z) (kap before
    after : K),
    Forall depth_event_ok es -> (0 < q)%Z -> (forall x y, (x <= y)%Z -> (impact x <= impact y)%Z) -> 0 <= kap ->
    let u := unshown (depth_step (depth_run (depth_open s) es) (Sale now q impact)) in
    before <= kap * rat K (all - charges u)%Z ->
    after <= before + kap * rat K (impact (amounts u)) ->
    after <= kap * rat K all.
  Proof.
    intros s es now q impact all kap E0 E1 Hes Hq Hmono Hk u HB HA.
    pose proof (H1_charges_reach_the_impact s es now q impact Hes Hq Hmono) as R. cbv zeta in R. fold u in R.
    eapply le_trans; [exact HA|].
    apply le_trans with (kap * rat K (all - charges u)%Z + kap * rat K (charges u)).
    - apply plus_le2; [exact HB|]. apply times_le_l; [exact Hk | now apply rat_le].
    - replace (kap * rat K (all - charges u)%Z + kap * rat K (charges u))
        with (kap * (rat K (all - charges u)%Z + rat K (charges u))) by ring.
      rewrite <- rat_plus. replace (all - charges u + charges u)%Z with all by lia. apply le_refl.
  Qed.
End Displacement.
