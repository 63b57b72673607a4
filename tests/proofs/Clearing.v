(** The least time to clear, of the executable ledger: no run of it undercuts [Throttle::clearing_floor] while the drawdown
    stands. Spec: D20, T8 (iii). *)

From Coq Require Import ZArith Bool Lia List Psatz.
From Damper Require Import Ledger LedgerSafe.
From Damper Require Debt Kernels.
Import ListNotations.
Local Open Scope Z_scope.

(** Events that do not look at prices: the clock, reservations, charges, releases. The drawdown stands. *)
Definition at_rest (e : event) : Prop :=
  match e with Clock _ | Reserve _ | Charge _ | Release _ => True | Prices _ _ | Rises _ _ | Reanchor _ => False end.

(** What holds along such a run from [l]: nothing was charged but what was reserved, or [L + R] rose, and then it is within
    the cap, which is not zero. *)
Definition inv_rest (c : params) (l : ledger) (s : run_state) : Prop :=
  ledger_ok (led s) /\ drawdown (led s) = drawdown l /\ time l <= time (led s) /\ 0 <= spent s /\
  spent s <= level (led s) - level l + leak c * (time (led s) - time l) /\
  (spent s + reserved (led s) <= reserved l \/
   level (led s) + reserved (led s) <= cap_at c (drawdown l) /\ 0 < cap_at c (drawdown l)).

Lemma inv_rest_step c l s e : params_ok c -> event_ok e -> at_rest e -> inv_rest c l s -> inv_rest c l (step c s e).
Proof.
  intros Hc He Hr I. pose proof I as (Hl & Hd & Ht & Hs & Hb & J).
  unfold step. destruct (apply_event c (led s) e) as [l'|] eqn:A; [|exact I].
  pose proof (apply_ok _ _ _ _ Hc Hl He A) as Hl'.
  pose proof Hl as (_ & _ & _ & L1 & R1 & _). pose proof Hl' as (_ & _ & _ & L2 & R2 & _).
  pose proof (params_checked c Hc) as (_ & _ & _ & _ & Hleak).
  destruct e; simpl in A, He, Hr; try contradiction; simpl.
  - pose proof (advance_spec c (led s) now Hc Hl He) as S. rewrite A in S. destruct S as (S & L & T).
    assert (0 <= leak c * (now - time (led s))) by nia. rewrite S in Hl' |- *. clear S A.
    unfold inv_rest; cbn [led drawdown time spent level reserved] in *. split; [exact Hl'|]. repeat split; auto; try lia; try nia.
  - pose proof (reserve_spec c (led s) impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S).
    unfold inv_rest; cbn [led drawdown time spent level reserved] in *. rewrite Hd in S. split; [exact Hl'|]. repeat split; auto; try lia.
  - pose proof (charge_spec c (led s) impact Hc Hl He) as S. rewrite A in S. destruct S as (-> & S).
    unfold inv_rest; cbn [led drawdown time spent level reserved] in *. rewrite Hd in S. split; [exact Hl'|]. repeat split; auto; lia.
  - inversion A; subst; clear A. unfold ledger_release_to in *. unfold inv_rest; cbn [led drawdown time spent level reserved] in *. split; [exact Hl'|].
    repeat split; auto; lia.
Qed.

(** T8_charges_at_rest. SPEC T8 (iii), D20: from any state of the ledger, and at any drawdown, the charges of [t] seconds in
    which the drawdown stands sum to at most [max(R, B + h D - L + r t)]; with a cap of zero, to at most [R]. Whatever is
    reserved, charged and released, in whatever order. *)
Theorem T8_charges_at_rest : forall c l es, params_ok c -> ledger_ok l -> Forall event_ok es -> Forall at_rest es ->
  let s := run c (start l) es in
  let t := time (led s) - time l in
  0 <= t /\ spent s <= Z.max (reserved l) (cap_at c (drawdown l) - level l + leak c * t) /\
  (cap_at c (drawdown l) = 0 -> spent s <= reserved l).
Proof.
  intros c l es Hc Hl He Hr. cbv zeta.
  assert (I : inv_rest c l (run c (start l) es)).
  { revert He Hr. induction es as [|e es IH] using rev_ind; intros He Hr.
    - unfold inv_rest. simpl. pose proof Hl as (_ & _ & _ & ? & ? & _). rewrite !Z.sub_diag, Z.mul_0_r.
      split; [exact Hl|]. repeat split; auto; lia.
    - rewrite run_app. simpl. apply Forall_app in He, Hr. destruct He as [He H1], Hr as [Hr H2].
      inversion H1; inversion H2; subst. apply inv_rest_step; auto. }
  destruct I as ((_ & _ & _ & L1 & R1 & _) & _ & Ht & _ & Hb & J). repeat split; lia.
Qed.

(** The throttle of a ledger, [Throttle::of]. *)
Definition throttle_of (c : params) (l : ledger) : Debt.throttle :=
  Debt.mkThrottle (level l) (reserved l) (cap c l) (leak c).

(** T8_clearing_time. SPEC T8 (iii), D20: no run at one drawdown charges [a > 0] in all before [Throttle::clearing_floor] of the
    ledger that it starts from, if that is below 2^64 - 1 seconds; and where it says never, none does. *)
Theorem T8_clearing_time : forall c l es a, params_ok c -> ledger_ok l -> Forall event_ok es -> Forall at_rest es -> 0 < a ->
  let s := run c (start l) es in
  a <= spent s ->
  match Debt.clearing_floor (throttle_of c l) a with
  | Debt.Takes t => t <= time (led s) - time l \/ Kernels.W64 <= time (led s) - time l + 1
  | Debt.Never => False
  end.
Proof.
  intros c l es a Hc Hl He Hr Ha. cbv zeta. intros H.
  pose proof (T8_charges_at_rest c l es Hc Hl He Hr) as T. cbv zeta in T. destruct T as (T & S & Z0).
  pose proof Hl as (_ & _ & Hd & L1 & R1 & _).
  pose proof (cap_at_range c _ Hc Hd). pose proof (params_checked c Hc) as (? & _ & _ & _ & Hleak).
  pose proof (Debt.clearing_floor_least (throttle_of c l) a (time (led (run c (start l) es)) - time l)) as F.
  unfold throttle_of in *. rewrite cap_spec in * by auto. simpl in F. apply F; try lia.
Qed.
