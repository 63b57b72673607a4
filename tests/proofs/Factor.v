(** Several sellers, each check under a factor of its own. Spec: T4 (iv), (v). *)

From Coq Require Import ZArith Lia List Field.
From Damper Require Import Ledger LedgerSafe Ordered TheoremA Compose.
Import ListNotations.
Local Open Scope Z_scope.

(** A check that permitted something: a reservation or a charge that was accepted, and raised [L + R]. *)
Definition raises (c : params) (l : ledger) (e : event) : Prop :=
  (exists a, e = Reserve a \/ e = Charge a) /\
  exists l', apply_event c l e = Ok l' /\ level l + reserved l < level l' + reserved l'.

(** Of a restrained run there is a check that permitted something. What was charged up to the end is at most the cap
    of that check, at the drawdown of that moment, and what has leaked; or nothing was charged. *)
Theorem T4_last_check : forall c l es, params_ok c -> fresh l ->
  Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es ->
  let s := restrained_run (start l) es in
  spent s = 0 \/
  exists fs d e gs, es = fs ++ (d, e) :: gs /\ raises d (led (restrained_run (start l) fs)) e /\
    spent s <= cap_at d (drawdown (led (restrained_run (start l) fs))) + leak c * (time (led s) - time l).
Proof.
  intros c l es Hc Hf Hes. cbv zeta.
  assert (G : forall es, Forall (fun p => dominated (fst p) c /\ event_ok (snd p)) es ->
    let s := restrained_run (start l) es in
    LedgerSafe.inv c (start l) s /\
    ((spent s = 0 /\ reserved (led s) = 0) \/
     exists fs d e gs, es = fs ++ (d, e) :: gs /\ raises d (led (restrained_run (start l) fs)) e /\
       level (led s) + reserved (led s) <= cap_at d (drawdown (led (restrained_run (start l) fs))))).
  { clear es Hes. intros es Hes. induction es as [|[d e] es IH] using rev_ind.
    - cbv zeta. destruct Hf as (Hl & Hz & Hr). split.
      + unfold LedgerSafe.inv. simpl. rewrite !Z.sub_diag, Z.mul_0_r. split; [exact Hl|]. pose proof ONE_pos. repeat
        split; auto; lia.
      + left. simpl. auto.
    - apply Forall_app in Hes. destruct Hes as [Hes Hlast]. inversion Hlast as [|? ? [Hd He] _]; subst. simpl in Hd, He.
      destruct (IH Hes) as [I J]. clear IH. cbv zeta.
      assert (E1 : restrained_run (start l) (es ++ [(d, e)]) = step d (restrained_run (start l) es) e)
        by (unfold restrained_run; rewrite fold_left_app; reflexivity).
      rewrite E1. set (s := restrained_run (start l) es) in *.
      split; [now apply inv_step_restrained|].
      pose proof I as (Hl & _ & _ & _ & _ & _ & _ & _). pose proof (proj1 Hd) as Hd'.
      pose proof (params_checked d Hd') as Pd.
      pose proof Hl as (_ & _ & _ & H1 & H2 & _ & _).
      assert (Keep : forall l', level l' + reserved l' <= level (led s) + reserved (led s) -> reserved l' <= reserved
        (led s) ->
                0 <= reserved l' ->
                (spent s = 0 /\ reserved l' = 0) \/
                exists fs d' e' gs, es ++ [(d, e)] = fs ++ (d', e') :: gs /\
                  raises d' (led (restrained_run (start l) fs)) e' /\
                  level l' + reserved l' <= cap_at d' (drawdown (led (restrained_run (start l) fs)))).
      { intros l' A B C. destruct J as [[J1 J2]|(fs & d' & e' & gs & E2 & Ck & J)].
        - left. split; [exact J1|lia].
        - right. exists fs, d', e', (gs ++ [(d, e)]). split; [rewrite E2, <- app_assoc; reflexivity|].
          split; [exact Ck | lia]. }
      unfold step. destruct (apply_event d (led s) e) as [l'|] eqn:A; [|apply (Keep (led s)); lia].
      pose proof (apply_ok _ _ _ _ Hd' Hl He A) as Hl'. pose proof Hl' as (_ & _ & _ & H1' & H2' & _ & _).
      destruct e; simpl in A, He; simpl.
      + apply Keep; [| |exact H2'];
          pose proof (advance_spec d (led s) now Hd' Hl He) as S; rewrite A in S; destruct S as (S & L & T);
          assert (0 <= leak d * (now - time (led s))) by nia; rewrite S; simpl; lia.
      + inversion A; subst; clear A. apply Keep; [| |exact H2']; unfold ledger_see;
          destruct (price_le _ _); try destruct (price_lt _ _); simpl; lia.
      + inversion A; subst; clear A. apply Keep; [| |exact H2']; unfold ledger_see_rise;
          destruct (price_le _ _); try destruct (price_lt _ _); simpl; lia.
      + unfold ledger_reanchor in A. destruct (price_lt _ _); inversion A; subst; clear A. apply Keep; simpl; lia.
      + pose proof (reserve_spec d (led s) impact Hd' Hl He) as S. rewrite A in S. destruct S as (-> & S).
        destruct (Z.eq_dec impact 0) as [->|Nz]; [apply Keep; simpl; lia|].
        right. exists es, d, (Reserve impact), []. split; [reflexivity|]. split.
        * unfold raises. fold s. split; [exists impact; now left|]. eexists. split; [exact A|]. simpl. lia.
        * simpl. fold s. lia.
      + pose proof (charge_spec d (led s) impact Hd' Hl He) as S. rewrite A in S. destruct S as (-> & S).
        destruct (Z_le_gt_dec impact (reserved (led s))) as [Q|Q].
        * destruct (Z.eq_dec impact 0) as [->|Nz].
          { replace (spent s + 0) with (spent s) by lia. apply Keep; simpl; lia. }
          destruct J as [[J1 J2]|(fs & d' & e' & gs & E2 & Ck & J)]; [lia|].
          right. exists fs, d', e', (gs ++ [(d, Charge impact)]). split; [rewrite E2, <- app_assoc; reflexivity|].
            split; [exact Ck|]. simpl. lia.
        * right. exists es, d, (Charge impact), []. split; [reflexivity|]. split.
          { unfold raises. fold s. split; [exists impact; now right|]. eexists. split; [exact A|]. simpl. lia. }
          simpl. fold s. lia.
      + inversion A; subst; clear A. apply Keep; simpl; lia. }
  destruct (G es Hes) as [I J]. destruct I as (Hl & _ & _ & _ & _ & Hi & Hlk & _). destruct Hf as (_ & Hz & _).
  pose proof Hl as (_ & _ & _ & H1 & H2 & _). simpl in Hi, Hlk.
  destruct J as [[J _]|(fs & d & e & gs & E2 & Ck & J)]; [now left|right].
  exists fs, d, e, gs. split; [exact E2|]. split; [exact Ck|]. lia.
Qed.

Section Factor.
  Variable K : ordered_field.
  Add Field K_field_factor : (is_field K).
  Local Open Scope field_scope.

  (** T4 (v). Moments are counted. [M k] is the largest fall up to moment [k], [G k] the neighbours' gain up to it, not
      above one, [f j] the factor of checks at [j], [A i k] what seller [i] was charged up to [k], [b i = B_i + r_i n +
      2 h_i eps] its budget. If what each seller was charged up to [k] is nothing, or comes from a check at an earlier
      moment [j] under the factor [f j] (T4_last_check), [f j <= 1 - G j], and the falls are those of own sales and
      neighbours, then [(1 - G k) M k <= M0 = (X0 + kappa b) / (1 - kappa h)] at every moment. *)
  Theorem T4_factor :
    forall (I : Type) (sellers : list I) (b h : I -> K) (A : I -> nat -> K) (M G f : nat -> K) (X kap : K),
    (forall i, 0 <= b i /\ 0 <= h i) -> 0 <= kap -> 0 <= X ->
    (forall k, 0 <= M k) -> (forall k, 0 <= f k /\ f k <= 1 - G k) ->
    0 < 1 - kap * total K h sellers ->
    (forall i k, A i k <= 0 \/ exists j, (j < k)%nat /\ A i k <= b i + h i * (f j * M j)) ->
    (forall k, (1 - G k) * M k <= X + kap * total K (fun i => A i k) sellers) ->
    forall k, (1 - G k) * M k <= (X + kap * total K b sellers) / (1 - kap * total K h sellers).
  Proof.
    intros I sellers b h A M G f X kap Hbh Hk HX HM Hf Hpos HA Hfall.
    set (hs := total K h sellers) in *. set (bs := total K b sellers). set (M0 := (X + kap * bs) / (1 - kap * hs)).
    assert (N : 1 - kap * hs <> 0) by (intros E0; destruct Hpos as [_ N]; apply N; now symmetry).
    assert (Hbs : 0 <= bs).
    { unfold bs. clear -Hbh. induction sellers as [|i r IH]; simpl; [apply le_refl|]. apply plus_nonneg; [apply Hbh |
      exact IH]. }
    assert (HM0 : 0 <= M0).
    { apply le_div; [exact Hpos|]. replace (0 * (1 - kap * hs)) with (@zero K) by ring.
      apply plus_nonneg; [exact HX | now apply times_nonneg]. }
    assert (Fix : X + kap * (bs + hs * M0) = M0) by (unfold M0; field; exact N).
    intros k. induction k as [k IH] using (well_founded_induction Wf_nat.lt_wf).
    eapply le_trans; [apply Hfall|]. rewrite <- Fix.
    apply plus_le2; [apply le_refl|]. apply times_le_l; [exact Hk|].
    replace (bs + hs * M0) with (total K (fun i => b i + h i * M0) sellers)
      by (rewrite total_plus, total_scale; reflexivity).
    apply total_le. intros i _. destruct (Hbh i) as [Hb Hh].
    destruct (HA i k) as [Z0|(j & Hj & H)].
    - eapply le_trans; [exact Z0|]. apply plus_nonneg; [exact Hb | now apply times_nonneg].
    - eapply le_trans; [exact H|]. apply plus_le2; [apply le_refl|]. apply times_le_l; [exact Hh|].
      eapply le_trans; [|apply (IH j Hj)]. destruct (Hf j) as [F1 F2].
      apply times_le2; [exact F1 | exact F2 | apply HM | apply le_refl].
  Qed.
  Lemma fraction_rises (n n' d d' : K) : 0 <= n -> n <= n' -> 0 < d' -> d' <= d -> n / d <= n' / d'.
  Proof.
    intros Hn Hnn Hd Hdd.
    assert (P : 0 < d).
    { split; [eapply le_trans; [apply Hd|exact Hdd]|]. intros E0. destruct Hd as [P N]. apply N.
      apply le_antisym; [exact P|]. rewrite E0. exact Hdd. }
    assert (N : d <> 0) by (intros E0; destruct P as [_ N]; apply N; now symmetry).
    apply le_div; [exact Hd|]. apply (cancel_le K) with d; [exact P|].
    replace (d * (n / d * d')) with (n * d') by (field; exact N).
    replace (d * n') with (n' * d) by ring.
    apply times_le2; [exact Hn | exact Hnn | apply Hd | exact Hdd].
  Qed.

  (** T4 (iv), narrowed. With [kappa' >= kappa / (1 - g)] the joint bound is at most the T-A bound with [kappa'] at [X0
      / (1 - g)], as long as [kappa' h < 1]; no report enters. *)
  Theorem T4_narrowed : forall kap kap' g x b h : K,
    0 <= kap -> 0 <= x -> 0 <= b -> 0 <= h -> 0 < 1 - g -> kap / (1 - g) <= kap' -> 0 < 1 - kap' * h ->
    (x + kap * b) / (1 - g - kap * h) <= (x / (1 - g) + kap' * b) / (1 - kap' * h).
  Proof.
    intros kap kap' g x b h Hk Hx Hb Hh Hg Hkk Hpos.
    assert (Ng : 1 - g <> 0) by (intros E0; destruct Hg as [_ N]; apply N; now symmetry).
    assert (D : 1 - kap' * h <= 1 - kap / (1 - g) * h).
    { apply le_sub. replace (1 - kap / (1 - g) * h - (1 - kap' * h)) with (h * (kap' - kap / (1 - g))) by ring.
      apply times_nonneg; [exact Hh|]. now apply (proj1 (le_sub _ _ _)). }
    assert (Nd : 1 - g - kap * h <> 0).
    { intros E0. assert (Z0 : 1 - kap / (1 - g) * h = 0).
      { replace (1 - kap / (1 - g) * h) with ((1 - g - kap * h) / (1 - g)) by (field; exact Ng). rewrite E0. field.
        exact Ng. }
      destruct Hpos as [P N]. apply N. apply le_antisym; [exact P|]. rewrite Z0 in D. exact D. }
    rewrite (T4_foreign_gain_is_kappa K kap g x b h Ng Nd).
    assert (X0 : 0 <= x / (1 - g)).
    { apply le_div; [exact Hg|]. replace (0 * (1 - g)) with (@zero K) by ring. exact Hx. }
    assert (K0 : 0 <= kap / (1 - g)).
    { apply le_div; [exact Hg|]. replace (0 * (1 - g)) with (@zero K) by ring. exact Hk. }
    apply fraction_rises; [| |exact Hpos | exact D].
    - apply plus_nonneg; [exact X0 | now apply times_nonneg].
    - apply plus_le2; [apply le_refl|]. apply times_le2; [exact K0 | exact Hkk | exact Hb | apply le_refl].
  Qed.
End Factor.
