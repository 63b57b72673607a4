(** The chance that a martingale ever comes to a level. Spec: D21, T14.

    A process of finitely many steps, each with finitely many outcomes: a tree. Over any ordered field. *)

From Coq Require Import List Ring Field Field_theory Ring_theory InitialRing.
From Damper Require Import Ordered.
Import ListNotations.

Section Chance.
  Variable K : ordered_field.
  Add Field K_field_chance : (is_field K).
  Local Open Scope field_scope.

  (** A step: of each outcome the probability, the change, and what follows. *)
  Inductive tree : Type := Stop | Step (outcomes : list (K * K * tree)).

  Fixpoint tree_induction (P : tree -> Prop) (stop : P Stop)
      (next : forall outcomes, Forall (fun o => P (snd o)) outcomes -> P (Step outcomes)) (t : tree) : P t :=
    match t with
    | Stop => stop
    | Step outcomes =>
        next outcomes ((fix each (l : list (K * K * tree)) : Forall (fun o => P (snd o)) l :=
          match l with
          | [] => Forall_nil _
          | o :: l => Forall_cons _ (tree_induction P stop next (snd o)) (each l)
          end) outcomes)
    end.

  (** The sum of [f] over outcomes, weighted by their probabilities. *)
  Definition expected (f : K -> tree -> K) (outcomes : list (K * K * tree)) : K :=
    fold_right (fun (o : K * K * tree) sum => fst (fst o) * f (snd (fst o)) (snd o) + sum) 0 outcomes.

  (** The mean of [f] of the value at the end, which is [m] now. *)
  Fixpoint mean (f : K -> K) (m : K) (t : tree) : K :=
    match t with
    | Stop => f m
    | Step outcomes => fold_right (fun (o : K * K * tree) sum => fst (fst o) * mean f (m + snd (fst o)) (snd o) + sum) 0 outcomes
    end.

  (** The level, and which values have come to it. *)
  Variable x : K.
  Variable reached : K -> bool.
  Hypothesis reached_spec : forall m, reached m = true <-> x <= m.

  (** The chance that the value, [m] now, is at the level now or at any later time. *)
  Fixpoint chance (m : K) (t : tree) : K :=
    if reached m then 1
    else match t with
         | Stop => 0
         | Step outcomes => fold_right (fun (o : K * K * tree) sum => fst (fst o) * chance (m + snd (fst o)) (snd o) + sum) 0 outcomes
         end.

  Fixpoint martingale (t : tree) : Prop :=
    match t with
    | Stop => True
    | Step outcomes =>
        fold_right (fun (o : K * K * tree) all => 0 <= fst (fst o) /\ martingale (snd o) /\ all) True outcomes /\
        expected (fun _ _ => 1) outcomes = 1 /\ expected (fun d _ => d) outcomes = 0
    end.

  Lemma each_outcome outcomes :
    fold_right (fun (o : K * K * tree) all => 0 <= fst (fst o) /\ martingale (snd o) /\ all) True outcomes ->
    Forall (fun o : K * K * tree => 0 <= fst (fst o) /\ martingale (snd o)) outcomes.
  Proof. induction outcomes as [|o l IH]; simpl; intros H; constructor; tauto. Qed.

  Lemma expected_le f g outcomes : Forall (fun o : K * K * tree => 0 <= fst (fst o) /\ martingale (snd o)) outcomes ->
    Forall (fun o : K * K * tree => martingale (snd o) -> f (snd (fst o)) (snd o) <= g (snd (fst o)) (snd o)) outcomes ->
    expected f outcomes <= expected g outcomes.
  Proof.
    intros H G. induction outcomes as [|o l IH]; simpl; [apply le_refl|]. inversion H; subst. inversion G; subst.
    apply plus_le2; [|now apply IH]. apply times_le_l; tauto.
  Qed.

  (** Sums of a square, of a constant multiple. *)
  Lemma expected_square a outcomes :
    expected (fun d _ => (a + d) * (a + d)) outcomes
    = a * a * expected (fun _ _ => 1) outcomes + (1 + 1) * a * expected (fun d _ => d) outcomes + expected (fun d _ => d * d) outcomes.
  Proof. induction outcomes as [|o l IH]; simpl; [ring|]. rewrite IH. ring. Qed.

  Lemma expected_scale c f outcomes : expected (fun d t => f d t * c) outcomes = expected f outcomes * c.
  Proof. induction outcomes as [|o l IH]; simpl; [ring|]. rewrite IH. ring. Qed.

  Lemma expected_nonneg f outcomes : Forall (fun o : K * K * tree => 0 <= fst (fst o) /\ martingale (snd o)) outcomes ->
    (forall d t, 0 <= f d t) -> 0 <= expected f outcomes.
  Proof.
    intros H F. induction H as [|o l [P _] H IH]; simpl; [apply le_refl|]. apply plus_nonneg; [|exact IH].
    apply times_nonneg; auto.
  Qed.

  (** The square of a martingale, wherever it is measured from, is expected to be no less. *)
  Lemma square_grows z t : martingale t -> forall m, (m + z) * (m + z) <= mean (fun y => (y + z) * (y + z)) m t.
  Proof.
    induction t as [|l IH] using tree_induction; intros M m; [apply le_refl|]. destruct M as (A & One & Zero).
    apply each_outcome in A.
    change (mean _ m (Step l)) with (expected (fun d t => mean (fun y => (y + z) * (y + z)) (m + d) t) l).
    apply le_trans with (expected (fun d _ => (m + z + d) * (m + z + d)) l).
    - rewrite expected_square, One, Zero. apply le_sub.
      replace ((m + z) * (m + z) * 1 + (1 + 1) * (m + z) * 0 + expected (fun d _ => d * d) l - (m + z) * (m + z))
        with (expected (fun d _ => d * d) l) by ring.
      apply expected_nonneg; [exact A|]. intros d _. apply square_nonneg.
    - apply expected_le; [exact A|]. eapply Forall_impl; [|exact IH]. intros o H Mo.
      replace (m + z + snd (fst o)) with (m + snd (fst o) + z) by ring. now apply H.
  Qed.

  (** Doob's inequality for that square. *)
  Lemma doob z t : 0 <= x -> 0 <= z -> martingale t ->
    forall m, chance m t * ((x + z) * (x + z)) <= mean (fun y => (y + z) * (y + z)) m t.
  Proof.
    intros Hx Hz. induction t as [|l IH] using tree_induction; intros M m.
    - simpl. destruct (reached m) eqn:R.
      + apply reached_spec in R. replace (1 * ((x + z) * (x + z))) with ((x + z) * (x + z)) by ring.
        assert (0 <= x + z) by now apply plus_nonneg.
        apply times_le2; auto; apply plus_le2; auto; apply le_refl.
      + replace (0 * ((x + z) * (x + z))) with (@zero K) by ring. apply square_nonneg.
    - destruct (reached m) eqn:R.
      + replace (chance m (Step l)) with (@one K) by (simpl; now rewrite R). apply reached_spec in R.
        replace (1 * ((x + z) * (x + z))) with ((x + z) * (x + z)) by ring.
        eapply le_trans; [|now apply square_grows].
        assert (0 <= x + z) by now apply plus_nonneg.
        apply times_le2; auto; apply plus_le2; auto; apply le_refl.
      + destruct M as (A & _). apply each_outcome in A.
        replace (chance m (Step l)) with (expected (fun d t => chance (m + d) t) l) by (simpl; now rewrite R).
        change (mean _ m (Step l)) with (expected (fun d t => mean (fun y => (y + z) * (y + z)) (m + d) t) l).
        rewrite <- expected_scale. apply expected_le; [exact A|]. eapply Forall_impl; [|exact IH]. simpl. auto.
  Qed.

  Lemma mean_of_square z t : martingale t -> forall m,
    mean (fun y => (y + z) * (y + z)) m t = mean (fun y => y * y) m t + (1 + 1) * z * m + z * z.
  Proof.
    induction t as [|l IH] using tree_induction; intros M m; [simpl; ring|]. destruct M as (A & One & Zero).
    apply each_outcome in A.
    change (mean (fun y => (y + z) * (y + z)) m (Step l)) with (expected (fun d t => mean (fun y => (y + z) * (y + z)) (m + d) t) l).
    change (mean (fun y => y * y) m (Step l)) with (expected (fun d t => mean (fun y => y * y) (m + d) t) l).
    assert (E : expected (fun d t => mean (fun y => (y + z) * (y + z)) (m + d) t) l
                = expected (fun d t => mean (fun y => y * y) (m + d) t) l
                  + ((1 + 1) * z * m + z * z) * expected (fun _ _ => 1) l + (1 + 1) * z * expected (fun d _ => d) l).
    { clear One Zero. induction l as [|o l IHl]; simpl; [ring|]. inversion IH; subst. inversion A; subst.
      rewrite (H1 (proj2 H3)). rewrite IHl by assumption. ring. }
    rewrite E, One, Zero. ring.
  Qed.

  (** T14, any law. The chance that a martingale that starts at zero ever comes to [x > 0] is at most [var / (var + x^2)],
      [var] at least its variance at the end. *)
  Theorem T14_any_law : forall t var, 0 < x -> martingale t -> mean (fun y => y * y) 0 t <= var ->
    chance 0 t * (var + x * x) <= var.
  Proof.
    intros t var [Hx N] M V.
    assert (Nx : x <> 0) by (intros E0; apply N; now symmetry).
    assert (V0 : 0 <= var).
    { eapply le_trans; [|exact V]. pose proof (square_grows 0 t M 0) as G. rewrite mean_of_square in G by exact M.
      replace ((0 + 0) * (0 + 0)) with (@zero K) in G by ring.
      replace (mean (fun y => y * y) 0 t + (1 + 1) * 0 * 0 + 0 * 0) with (mean (fun y => y * y) 0 t) in G by ring. exact G. }
    assert (V0' : mean (fun y => (y + var / x) * (y + var / x)) 0 t <= var + var / x * (var / x)).
    { rewrite mean_of_square by exact M. replace ((1 + 1) * (var / x) * 0) with (@zero K) by ring.
      replace (mean (fun y => y * y) 0 t + 0) with (mean (fun y => y * y) 0 t) by ring.
      apply plus_le2; [exact V | apply le_refl]. }
    assert (Z : 0 <= var / x).
    { replace (var / x) with (var * inv x) by (field; exact Nx). apply times_nonneg; [exact V0|]. now apply inv_nonneg. }
    pose proof (doob (var / x) t Hx Z M 0) as D.
    set (c := chance 0 t) in *. clearbody c.
    assert (P : 0 < var + x * x).
    { split; [apply plus_nonneg; [exact V0 | apply square_nonneg]|]. intros E0. apply N.
      assert (X0 : x * x = 0).
      { apply le_antisym; [|apply square_nonneg]. apply le_sub. replace (0 - x * x) with (var - (var + x * x)) by ring.
        rewrite <- E0. replace (var - 0) with var by ring. exact V0. }
      replace x with (x * x / x) by (field; exact Nx). rewrite X0. field. exact Nx. }
    apply (cancel_le K) with (var + x * x); [exact P|].
    apply (proj1 (le_sub _ _ _)) in D. apply (proj1 (le_sub _ _ _)) in V0'. apply le_sub.
    replace ((var + x * x) * var - (var + x * x) * (c * (var + x * x)))
      with (x * x * (var + var / x * (var / x) - c * ((x + var / x) * (x + var / x)))) by (field; exact Nx).
    apply times_nonneg; [apply square_nonneg|].
    replace (var + var / x * (var / x) - c * ((x + var / x) * (x + var / x)))
      with ((var + var / x * (var / x) - mean (fun y => (y + var / x) * (y + var / x)) 0 t)
            + (mean (fun y => (y + var / x) * (y + var / x)) 0 t - c * ((x + var / x) * (x + var / x)))) by ring.
    now apply plus_nonneg.
  Qed.

  (** It is attained by one step: to [x], or to [-var / x]. *)
  Theorem T14_attained : forall var, 0 < x -> 0 <= var -> var + x * x <> 0 -> 
    let t := Step [(var / (var + x * x), x, Stop); (x * x / (var + x * x), 0 - var / x, Stop)] in
    0 <= var / (var + x * x) -> 0 <= x * x / (var + x * x) ->
    martingale t /\ mean (fun y => y * y) 0 t = var /\ chance 0 t * (var + x * x) = var.
  Proof.
    intros var [Hx N] Hv D t P1 P2. assert (Nx : x <> 0) by (intros E; apply N; now symmetry).
    assert (R0 : reached 0 = false).
    { destruct (reached 0) eqn:R; [|reflexivity]. apply reached_spec in R. exfalso. apply N. now apply le_antisym. }
    assert (Rx : reached (0 + x) = true) by (apply reached_spec; replace (0 + x) with x by ring; apply le_refl).
    assert (Rn : reached (0 + (0 - var / x)) = false).
    { destruct (reached (0 + (0 - var / x))) eqn:R; [|reflexivity]. apply reached_spec in R. exfalso. apply N. apply le_antisym; [exact Hx|].
      eapply le_trans; [exact R|]. apply le_sub. replace (0 - (0 + (0 - var / x))) with (var * inv x) by (field; exact Nx).
      apply times_nonneg; [exact Hv|]. apply inv_nonneg. now split. }
    split; [|split].
    - simpl. repeat split; auto; unfold expected; simpl; field; auto.
    - simpl. field. auto.
    - simpl. rewrite R0, Rx, Rn. field. auto.
  Qed.

  (** ** Sub-Gaussian steps *)

  (** Of an exponential no more is used than this. *)
  Variable e : K -> K.
  Hypothesis e_plus : forall a b, e (a + b) = e a * e b.
  Hypothesis e_zero : e 0 = 1.
  Hypothesis e_nonneg : forall a, 0 <= e a.
  Hypothesis e_mono : forall a b, a <= b -> e a <= e b.
  Variable q c : K.
  Hypothesis c_nonneg : 0 <= c.
  Hypothesis q_nonneg : 0 <= q.

  (** Whatever has happened, [E exp(q d) <= exp(c v)] of the next change [d], and the [v] of what is left sum to at most
      [left]. *)
  Fixpoint sub_gaussian (left : K) (t : tree) : Prop :=
    match t with
    | Stop => 0 <= left
    | Step outcomes => 0 <= left /\ exists v,
        expected (fun d _ => e (q * d)) outcomes <= e (c * v) /\
        fold_right (fun (o : K * K * tree) all => 0 <= fst (fst o) /\ sub_gaussian (left - v) (snd o) /\ all) True outcomes
    end.

  Lemma exponential_doob t : forall left m, sub_gaussian left t -> chance m t * e (q * x) <= e (q * m + c * left).
  Proof.
    induction t as [|l IH] using tree_induction; intros left m S.
    - simpl in *. destruct (reached m) eqn:R.
      + apply reached_spec in R. replace (1 * e (q * x)) with (e (q * x)) by ring. apply e_mono.
        replace (q * x) with (q * x + 0) by ring. apply plus_le2; [now apply times_le_l | now apply times_nonneg].
      + replace (0 * e (q * x)) with (@zero K) by ring. apply e_nonneg.
    - destruct S as (Hl & v & Hv & A). destruct (reached m) eqn:R.
      + replace (chance m (Step l)) with (@one K) by (simpl; now rewrite R). apply reached_spec in R.
        replace (1 * e (q * x)) with (e (q * x)) by ring. apply e_mono.
        replace (q * x) with (q * x + 0) by ring. apply plus_le2; [now apply times_le_l | now apply times_nonneg].
      + replace (chance m (Step l)) with (expected (fun d t => chance (m + d) t) l) by (simpl; now rewrite R).
        rewrite <- expected_scale.
        apply le_trans with (expected (fun d _ => e (q * d)) l * e (q * m + c * (left - v))).
        * rewrite <- expected_scale. clear Hv R. induction l as [|o l IHl]; simpl in *; [apply le_refl|].
          destruct A as (P & S & A). inversion IH; subst.
          apply plus_le2; [|now apply IHl]. apply times_le_l; [exact P|].
          rewrite <- e_plus.
          replace (q * snd (fst o) + (q * m + c * (left - v))) with (q * (m + snd (fst o)) + c * (left - v)) by ring.
          now apply H1.
        * replace (e (q * m + c * left)) with (e (c * v) * e (q * m + c * (left - v)))
            by (rewrite <- e_plus; f_equal; ring).
          replace (expected (fun d _ => e (q * d)) l * e (q * m + c * (left - v)))
            with (e (q * m + c * (left - v)) * expected (fun d _ => e (q * d)) l) by ring.
          replace (e (c * v) * e (q * m + c * (left - v))) with (e (q * m + c * (left - v)) * e (c * v)) by ring.
          now apply times_le_l.
  Qed.

  (** T14, sub-Gaussian. With [q = x / var] and [c = q^2 / 2] the chance is at most [exp(-x^2 / (2 var))]. *)
  Theorem T14_sub_gaussian : forall t var, 0 < var -> sub_gaussian var t -> q = x / var -> c = q * q / (1 + 1) ->
    chance 0 t * e (x * x / ((1 + 1) * var)) <= 1.
  Proof.
    intros t var [Hv N] S Hq Hc. pose proof (exponential_doob t var 0 S) as D.
    assert (Nv : var <> 0) by (intros E0; apply N; now symmetry).
    assert (Two : (1 + 1 : K) <> 0).
    { intros E0. apply (one_neq_zero K). apply le_antisym; [|apply one_nonneg].
      rewrite <- E0. replace (@one K) with (0 + @one K) at 1 by ring. apply plus_le2; [apply one_nonneg | apply le_refl]. }
    set (h := x * x / ((1 + 1) * var)).
    assert (A : q * x = h + h) by (unfold h; rewrite Hq; field; auto).
    assert (B : q * 0 + c * var = h) by (unfold h; rewrite Hc, Hq; field; auto).
    rewrite A, B, e_plus in D.
    assert (P : 0 < e h).
    { split; [apply e_nonneg|]. intros E0. apply (one_neq_zero K). rewrite <- e_zero.
      replace (@zero K) with (h + (0 - h)) at 1 by ring. rewrite e_plus, <- E0. ring. }
    apply (cancel_le K) with (e h); [exact P|].
    replace (e h * (chance 0 t * e h)) with (chance 0 t * (e h * e h)) by ring.
    replace (e h * 1) with (e h) by ring. exact D.
  Qed.
End Chance.
