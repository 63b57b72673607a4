(** Composition of sellers (T4) and hedgers (T5).

    Statements over whole numbers are those of the model; statements over log-prices hold in every ordered field [K], as
    in TheoremA.v. Spec: T4, T5. *)

From Coq Require Import ZArith Lia List Field.
From Damper Require Import Ledger LedgerSafe Ordered Observed TheoremA.
Import ListNotations.
Local Open Scope Z_scope.

(** ** T4 (i), sizing, and (ii), shares: whole numbers *)

Fixpoint sum (xs : list Z) : Z := match xs with [] => 0 | x :: r => x + sum r end.

Lemma sum_floor_le (q : Z) (shares : list Z) : 0 <= q -> Forall (fun s => 0 <= s) shares ->
  sum (map (fun s => q * s / ONE) shares) * ONE <= q * sum shares.
Proof.
  intros Hq H. induction H as [|s r Hs Hr IH]; simpl; [lia|].
  pose proof ONE_pos. pose proof (Z.mul_div_le (q * s) ONE ltac:(lia)). lia.
Qed.

Lemma sum_map_le (f g : Z * Z -> Z) (l : list (Z * Z)) :
  Forall (fun p => f p <= g p) l -> sum (map f l) <= sum (map g l).
Proof. induction 1; simpl; lia. Qed.

(** T4 (i). On one snapshot, sellers with shares that sum to at most one, each of whom sells at most the floor of its
    share of the quantity [Q] of an impact, sell together at most [Q]; so on every book whose impact rises with the
    quantity the joint impact is at most that of [Q]. Each seller is a pair of its share and what it sells. *)
Theorem T4_sizing : forall (Q : Z) (sellers : list (Z * Z)), 0 <= Q ->
  Forall (fun p => 0 <= fst p /\ snd p <= Q * fst p / ONE) sellers -> sum (map fst sellers) <= ONE ->
  sum (map snd sellers) <= Q /\
  forall impact : Z -> Z, (forall x y, x <= y -> impact x <= impact y) -> impact (sum (map snd sellers)) <= impact Q.
Proof.
  intros Q sellers HQ H HS.
  assert (A : sum (map snd sellers) <= Q).
  { apply Z.le_trans with (sum (map (fun p => Q * fst p / ONE) sellers)).
    - apply sum_map_le. eapply Forall_impl; [|exact H]. simpl. tauto.
    - pose proof (sum_floor_le Q (map fst sellers) HQ) as S. rewrite map_map in S.
      assert (F : Forall (fun s => 0 <= s) (map fst sellers)).
      { apply Forall_map. eapply Forall_impl; [|exact H]. simpl. tauto. }
      specialize (S F). pose proof ONE_pos. nia. }
  split; [exact A|]. intros impact M. now apply M.
Qed.

(** T4 (i), grid. The impact of [c] on a grid is [g_i] for the first [i] with [c < Q_i]. If each seller's own sale is
    below its floored share of the same point, the joint sale is below that point: the joint impact is at most the
    largest of their charges. *)
Theorem T4_sizing_grid : forall (Q : Z) (sellers : list (Z * Z)), 0 <= Q -> sellers <> [] ->
  Forall (fun p => 0 <= fst p /\ snd p < Q * fst p / ONE) sellers -> sum (map fst sellers) <= ONE ->
  sum (map snd sellers) < Q.
Proof.
  intros Q sellers HQ N H HS.
  destruct sellers as [|[s q] rest]; [congruence|]. inversion H as [|? ? [H1 H2] H3]; subst. simpl in *.
  assert (A : Forall (fun p => 0 <= fst p /\ snd p <= Q * fst p / ONE) ((s, q + 1) :: rest)).
  { constructor; simpl; [lia|]. eapply Forall_impl; [|exact H3]. simpl. lia. }
  destruct (T4_sizing Q _ HQ A ltac:(simpl; lia)) as [B _]. simpl in B. lia.
Qed.

Fixpoint product (f : Z -> Z) (cs : list Z) : Z := match cs with [] => 1 | c :: r => f c * product f r end.

(** T4 (i), constant product. [(1 + (c_1 + ... + c_k) / x) <= (1 + c_1 / x) ... (1 + c_k / x)], with the divisors
    multiplied out: in logarithms the joint move is at most the sum of the moves that are charged, without any share of
    the depth. *)
Theorem T4_product_needs_no_share : forall (x : Z) (cs : list Z), 0 < x -> Forall (fun c => 0 <= c) cs ->
  (x + sum cs) * product (fun _ => x) cs <= x * product (fun c => x + c) cs.
Proof.
  intros x cs Hx H. induction H as [|c r Hc Hr IH]; cbn [sum product]; [lia|].
  assert (P : 0 < product (fun _ => x) r) by (clear -Hx; induction r; cbn [product]; nia).
  assert (S : 0 <= sum r) by (clear -Hr; induction Hr; cbn [sum]; lia).
  set (p := product (fun _ => x) r) in *. set (u := product (fun c0 => x + c0) r) in *. set (t := sum r) in *.
  clearbody p u t. clear Hr.
  assert ((x + c) * ((x + t) * p) <= (x + c) * (x * u)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (0 <= c * t * p) by (apply Z.mul_nonneg_nonneg; [apply Z.mul_nonneg_nonneg|]; lia). nia.
Qed.

(** T4 (ii). Shares from public collateral, each rounded down, sum to at most one if the total is at least the sum. *)
Theorem T4_shares : forall (total : Z) (owns : list Z), 0 < total -> Forall (fun o => 0 <= o) owns ->
  sum owns <= total -> sum (map (fun o => o * ONE / total) owns) <= ONE.
Proof.
  intros total owns Ht H HS. pose proof ONE_pos as O.
  assert (A : sum (map (fun o => o * ONE / total) owns) * total <= sum owns * ONE).
  { clear HS. induction H as [|o r Ho Hr IH]; simpl; [lia|].
    pose proof (Z.mul_div_le (o * ONE) total Ht). nia. }
  nia.
Qed.

(** T4 (ii). Shares of one ledger have budgets, leaks and own shares that sum to at most those of the ledger, and
    [LedgerConfig::shared] never fails for a share of at most one. *)
Theorem T4_shares_of_one_ledger : forall (c : params) (shares : list Z), params_ok c ->
  Forall (fun s => 0 <= s <= ONE) shares -> sum shares <= ONE ->
  Forall (fun s => config_shared c s =
            Ok (mk_params (burst c * s / ONE) (leak c * s / ONE) (own_share c * s / ONE) (kappa c))) shares /\
  sum (map (fun s => burst c * s / ONE) shares) <= burst c /\
  sum (map (fun s => leak c * s / ONE) shares) <= leak c /\
  sum (map (fun s => own_share c * s / ONE) shares) <= own_share c.
Proof.
  intros c shares Hc H HS. pose proof ONE_pos as O. pose proof WORD_ONE as W.
  pose proof (params_checked c Hc) as (P1 & P2 & P3 & _ & P5). destruct Hc as (_ & Hl & _).
  assert (F : Forall (fun s => 0 <= s) shares) by (eapply Forall_impl; [|exact H]; simpl; lia).
  assert (fits : forall v s, 0 <= v < WORD -> 0 <= s <= ONE -> v * s / ONE < WORD).
  { intros v s Hv Hs. apply Z.le_lt_trans with v; [|lia]. apply Z.div_le_upper_bound; nia. }
  split.
  - eapply Forall_impl; [|exact H]. intros s Hs. cbv beta in *. unfold config_shared.
    destruct (ONE <? s) eqn:E0; [apply Z.ltb_lt in E0; lia|].
    unfold mul_floor.
    rewrite (narrow_fits (burst c * s / ONE)) by (apply fits; lia). cbn [bind].
    rewrite (narrow_fits (leak c * s / ONE)) by (apply fits; lia). cbn [bind].
    rewrite (narrow_fits (own_share c * s / ONE)) by (apply fits; lia). reflexivity.
  - pose proof (sum_floor_le (burst c) shares ltac:(lia) F). pose proof (sum_floor_le (leak c) shares ltac:(lia) F).
    pose proof (sum_floor_le (own_share c) shares ltac:(lia) F). repeat split; nia.
Qed.

(** ** T4 (iii) to (vii): log-prices *)

Section Joint.
  Variable K : ordered_field.
  Add Field K_field_joint : (is_field K).
  Notation of_Z := (of_Z K).
  Notation rat := (rat K).
  Local Open Scope field_scope.

  Fixpoint total {I : Type} (f : I -> K) (l : list I) : K :=
    match l with [] => 0 | x :: r => f x + total f r end.

  Lemma total_le {I : Type} (f g : I -> K) (l : list I) :
    (forall x, In x l -> f x <= g x) -> total f l <= total g l.
  Proof.
    induction l as [|x r IH]; intros H; simpl; [apply le_refl|].
    apply plus_le2; [apply H; now left | apply IH; intros; apply H; now right].
  Qed.

  Lemma total_plus {I : Type} (f g : I -> K) (l : list I) : total (fun x => f x + g x) l = total f l + total g l.
  Proof. induction l as [|x r IH]; simpl; [ring|]. rewrite IH. ring. Qed.

  Lemma total_scale {I : Type} (f : I -> K) (k : K) (l : list I) : total (fun x => f x * k) l = total f l * k.
  Proof. induction l as [|x r IH]; simpl; [ring|]. rewrite IH. ring. Qed.

  (** One seller: its configuration, the ledger it starts with, and what happens to it. *)
  Record seller : Type := mk_seller { conf : params; from : ledger; events : list event }.
  Definition seller_ok (i : seller) : Prop := params_ok (conf i) /\ fresh (from i) /\ Forall event_ok (events i).
  Definition final (i : seller) : run_state := run (conf i) (start (from i)) (events i).

  (** [B + r n + 2 h eps] of one seller. *)
  Definition additive (n : Z) (eps : K) (i : seller) : K :=
    rat (burst (conf i)) + rat (leak (conf i)) * of_Z n + (1 + 1) * rat (own_share (conf i)) * eps.

  (** T-A (iii) in logarithms: what a seller was charged is at most [B + r n + 2 h eps + h d], for every [d] that its
      (H2) holds with. *)
  Lemma seller_charges (i : seller) (n : Z) (d eps : K) : seller_ok i ->
    (time (led (final i)) - time (from i) <= n)%Z -> rat (used (final i)) <= d + (1 + 1) * eps ->
    rat (spent (final i)) <= additive n eps i + rat (own_share (conf i)) * d.
  Proof.
    intros (Hc & Hf & He) Hn H2.
    pose proof (T_A_iii_charges _ _ _ Hc Hf He) as A. cbv zeta in A. fold (final i) in A.
    pose proof (params_checked _ Hc) as (P1 & P2 & P3 & _ & P5).
    apply le_trans with (rat (cap_at (conf i) (used (final i))) + rat (leak (conf i)) * of_Z n).
    - rewrite <- rat_scale, <- rat_plus. apply rat_le. nia.
    - unfold additive. apply le_trans with
        (rat (burst (conf i)) + rat (own_share (conf i)) * (d + (1 + 1) * eps) + rat (leak (conf i)) * of_Z n).
      + apply plus_le2; [|apply le_refl]. eapply le_trans; [apply rat_cap|].
        apply plus_le2; [apply le_refl|]. apply times_le_l; [apply rat_nonneg; lia | exact H2].
      + match goal with |- ?a <= ?b => replace b with a by ring end. apply le_refl.
  Qed.

  Variable T : Type.
  Variable before : T -> T -> Prop.
  Notation largest_fall := (largest_fall K T before).
  Notation bounds_falls := (bounds_falls K T before).

  (** T4 (iii), the joint bound. Any number of sellers, each with any run of its own, on one book, and neighbours: if
      displacement [E] between two moments is at most [kappa] times all charges, (H2) holds for each seller, neighbours
      displace at most [g MDD] between two moments (G), and [g + kappa sum h_i < 1], then [MDD <= (X0 + kappa sum (B_i +
      r_i n + 2 h_i eps)) / (1 - g - kappa sum h_i)]. *)
  Theorem T4_joint_bound :
    forall (sellers : list seller) (n : Z) (lnP lnF E V charged : T -> K) (kap g MDD X eps : K),
    (forall i, In i sellers -> seller_ok i /\ (time (led (final i)) - time (from i) <= n)%Z) ->
    0 <= kap ->
    (forall t, lnP t = lnF t - E t - V t) ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, charged t <= total (fun i => rat (spent (final i))) sellers) ->
    (* H1 *) (forall s u, before s u -> E u - E s <= kap * charged u) ->
    (* H2 *) (forall i, In i sellers -> rat (used (final i)) <= MDD + (1 + 1) * eps) ->
    (* G *)  (forall s u, before s u -> V u - V s <= g * MDD) ->
    0 < 1 - g - kap * total (fun i => rat (own_share (conf i))) sellers ->
    MDD <= (X + kap * total (additive n eps) sellers) / (1 - g - kap * total (fun i => rat (own_share (conf i))) sellers).
  Proof.
    intros sellers n lnP lnF E V charged kap g MDD X eps Hs Hk HP [_ Hleast] HX Hch H1 H2 HG Hpos.
    set (h := total (fun i => rat (own_share (conf i))) sellers) in *. set (b := total (additive n eps) sellers).
    assert (A : total (fun i => rat (spent (final i))) sellers <= b + h * MDD).
    { unfold b, h. rewrite <- total_scale, <- total_plus. apply total_le. intros i Hi.
      apply seller_charges; [apply Hs; exact Hi | apply Hs; exact Hi | now apply H2]. }
    assert (M : MDD <= X + kap * (b + h * MDD) + g * MDD).
    { apply Hleast. intros s u Hsu. rewrite !HP.
      replace (lnF s - E s - V s - (lnF u - E u - V u)) with ((lnF s - lnF u) + (E u - E s) + (V u - V s)) by ring.
      apply plus_le2; [apply plus_le2|]; [now apply HX | | now apply HG].
      eapply le_trans; [now apply H1|]. apply times_le_l; [exact Hk|]. eapply le_trans; [apply Hch | exact A]. }
    apply le_div; [exact Hpos|]. apply le_sub. apply (proj1 (le_sub _ _ _)) in M.
    replace (X + kap * b - MDD * (1 - g - kap * h)) with (X + kap * (b + h * MDD) + g * MDD - MDD) by ring. exact M.
  Qed.

  (** T4 (iii), in the form of T-A: with [g < 1] the joint bound is that of T-A with [kappa / (1 - g)] for [kappa] and
      [X0 / (1 - g)] for [X]. *)
  Theorem T4_foreign_gain_is_kappa : forall kap g x b h : K, 1 - g <> 0 -> 1 - g - kap * h <> 0 ->
    (x + kap * b) / (1 - g - kap * h) = (x / (1 - g) + kap / (1 - g) * b) / (1 - kap / (1 - g) * h).
  Proof.
    intros kap g x b h Hg Hd. field. repeat split; try assumption.
  Qed.

  (** T4 (iii), shares. The joint bound of sellers whose budgets, leaks and own shares sum to at most those of one
      ledger is at most the bound of that ledger: the right side rises in each of the sums. *)
  Theorem T4_shares_keep_the_bound : forall kap g x b b' h h' : K,
    0 <= kap -> 0 <= x -> 0 <= b -> b <= b' -> h <= h' -> 0 < 1 - g - kap * h' ->
    (x + kap * b) / (1 - g - kap * h) <= (x + kap * b') / (1 - g - kap * h').
  Proof.
    intros kap g x b b' h h' Hk Hx Hb Hbb Hhh Hpos.
    assert (D : 1 - g - kap * h' <= 1 - g - kap * h).
    { apply le_sub. replace (1 - g - kap * h - (1 - g - kap * h')) with (kap * (h' - h)) by ring.
      apply times_nonneg; [exact Hk|]. now apply (proj1 (le_sub _ _ _)). }
    assert (P : 0 < 1 - g - kap * h).
    { split; [eapply le_trans; [apply Hpos|exact D]|]. intros E0. destruct Hpos as [P N]. apply N.
      apply le_antisym; [exact P|]. rewrite E0. exact D. }
    assert (N : 1 - g - kap * h <> 0) by (intros E0; destruct P as [_ N]; apply N; now symmetry).
    apply le_div; [exact Hpos|].
    set (d := 1 - g - kap * h) in *. set (d' := 1 - g - kap * h') in *.
    replace ((x + kap * b) / d * d') with ((x + kap * b) * d' / d) by (field; exact N).
    apply (cancel_le K) with d; [exact P|].
    replace (d * ((x + kap * b) * d' / d)) with ((x + kap * b) * d') by (field; exact N).
    replace (d * (x + kap * b')) with ((x + kap * b') * d) by ring.
    apply times_le2; [| | apply Hpos | exact D].
    - apply plus_nonneg; [exact Hx | now apply times_nonneg].
    - apply plus_le2; [apply le_refl | now apply times_le_l].
  Qed.

  (** T4 (vii), several assets. If the drawdowns satisfy [m_i <= y_i + sum_j k_ij m_j] with [k_ij >= 0] and row sums of
      at most [rho < 1], each is at most [max(y) / (1 - rho)]. *)
  Theorem T4_several_assets : forall (I : Type) (markets : list I) (m y : I -> K) (k : I -> I -> K) (rho ymax : K),
    (forall i, In i markets -> 0 <= m i) ->
    (forall i j, 0 <= k i j) ->
    (forall i, In i markets -> m i <= y i + total (fun j => k i j * m j) markets) ->
    (forall i, In i markets -> total (k i) markets <= rho) ->
    (forall i, In i markets -> y i <= ymax) ->
    0 < 1 - rho ->
    forall i, In i markets -> m i <= ymax / (1 - rho).
  Proof.
    intros I markets m y k rho ymax Hm Hk H Hrho Hy Hpos i Hi.
    assert (Top : exists t, In t markets /\ forall j, In j markets -> m j <= m t).
    { clear - Hi. revert i Hi. induction markets as [|x r IH]; intros i Hi; [destruct Hi|].
      destruct r as [|x' r'].
      - exists x. split; [now left|]. intros j [->|[]]. apply le_refl.
      - destruct (IH x' (or_introl eq_refl)) as (t & Ht & Hmax). destruct (le_total K (m t) (m x)) as [L|L].
        + exists x. split; [now left|]. intros j [->|Hj]; [apply le_refl|]. eapply le_trans; [now apply Hmax|exact L].
        + exists t. split; [now right|]. intros j [->|Hj]; [exact L | now apply Hmax]. }
    destruct Top as (t & Ht & Hmax). apply le_trans with (m t); [now apply Hmax|].
    apply le_div; [exact Hpos|].
    assert (B : m t <= ymax + rho * m t).
    { eapply le_trans; [now apply H|]. apply plus_le2; [now apply Hy|].
      apply le_trans with (total (fun j => k t j * m t) markets).
      - apply total_le. intros j Hj. apply times_le_l; [apply Hk | now apply Hmax].
      - rewrite total_scale. replace (total (k t) markets * m t) with (m t * total (k t) markets) by ring.
        replace (rho * m t) with (m t * rho) by ring. apply times_le_l; [now apply Hm | now apply Hrho]. }
    apply le_sub. apply (proj1 (le_sub _ _ _)) in B.
    replace (ymax - m t * (1 - rho)) with (ymax + rho * m t - m t) by ring. exact B.
  Qed.

  (** T4 (vii), one round. Where [z] bounds the drawdowns, any number at or above [y_i + sum_j k_ij z_j] bounds the
      [i]-th. *)
  Theorem T4_every_round_leaves_a_bound :
    forall (I : Type) (markets : list I) (m y z : I -> K) (k : I -> I -> K) (i : I) (w : K),
    (forall i j, 0 <= k i j) ->
    m i <= y i + total (fun j => k i j * m j) markets ->
    (forall j, In j markets -> m j <= z j) ->
    y i + total (fun j => k i j * z j) markets <= w -> m i <= w.
  Proof.
    intros I markets m y z k i w Hk Hm Hz Hw. eapply le_trans; [exact Hm|]. eapply le_trans; [|exact Hw].
    apply plus_le2; [apply le_refl|]. apply total_le. intros j Hj. apply times_le_l; [apply Hk | now apply Hz].
  Qed.

  (** ** T5 (iv): the two-sided ledger *)

  (** What [TwoSidedConfig::new] accepts has [kappa_s h_s + kappa_b h_b < 1]. *)
  Lemma two_gain_below_one (s b : params) : params_ok s -> params_ok b ->
    two_config_new (mk_two_params s b) = Ok (mk_two_params s b) ->
    0 < 1 - (rat (kappa s) * rat (own_share s) + rat (kappa b) * rat (own_share b)).
  Proof.
    intros Hs Hb N. pose proof ONE_pos as O.
    assert (G : (kappa s * own_share s + kappa b * own_share b < ONE * ONE)%Z).
    { unfold two_config_new in N. simpl in N.
      destruct Hs as (_ & _ & _ & _ & Ns). destruct Hb as (_ & _ & _ & _ & Nb). rewrite Ns, Nb in N. simpl in N.
      unfold two_gain_ceil in N. simpl in N.
      destruct (mul_ceil (kappa s) (own_share s)) as [gs|] eqn:Es; [|easy]. simpl in N.
      destruct (mul_ceil (kappa b) (own_share b)) as [gb|] eqn:Eb; [|easy]. simpl in N.
      destruct (ratio_add gs gb) as [g|] eqn:Eg; [|easy]. simpl in N.
      destruct (g <? ONE)%Z eqn:El; [|easy]. apply Z.ltb_lt in El.
      apply narrow_ok in Es, Eb, Eg. destruct Es as [-> _]. destruct Eb as [-> _]. destruct Eg as [-> _].
      destruct (cdiv_spec (kappa s * own_share s) ONE ltac:(lia)).
      destruct (cdiv_spec (kappa b * own_share b) ONE ltac:(lia)). nia. }
    pose proof (ONE_nonzero K) as Z0.
    replace (1 - (rat (kappa s) * rat (own_share s) + rat (kappa b) * rat (own_share b)))
      with (of_Z (ONE * ONE - (kappa s * own_share s + kappa b * own_share b))%Z / (of_Z ONE * of_Z ONE))
      by (unfold TheoremA.rat; rewrite of_Z_minus, of_Z_plus, !of_Z_times; field; exact Z0).
    pose proof (of_Z_pos K (ONE * ONE - (kappa s * own_share s + kappa b * own_share b))%Z ltac:(lia)) as [P N0].
    assert (Q : 0 < of_Z ONE * of_Z ONE).
    { rewrite <- of_Z_times. apply of_Z_pos. nia. }
    split.
    - apply le_div; [exact Q|].
      replace (0 * (of_Z ONE * of_Z ONE)) with (@zero K) by ring. exact P.
    - intros E0. apply N0.
      set (w := of_Z (ONE * ONE - (kappa s * own_share s + kappa b * own_share b))%Z) in *.
      replace w with (w / (of_Z ONE * of_Z ONE) * (of_Z ONE * of_Z ONE)) by (field; exact Z0).
      rewrite <- E0. ring.
  Qed.

  (** T5 (iv). Sales and purchases under the two-sided ledger, each side with any run of its own. If (H1) the
      displacement of each side is at all times between zero and [kappa] times the side's charges so far, (H2) holds for
      each side, and the configuration was accepted (H3), then with [S = (C + kappa_s h_s X + kappa_b h_b Y) / (1 - g)]:
      [MDD <= X + S] and [MRU <= Y + S]. *)
  Theorem T5_two_sided :
    forall (s b : seller) (n : Z) (lnP lnF Es Eb As Ab : T -> K) (MDD MRU X Y eps : K),
    seller_ok s -> seller_ok b ->
    two_config_new (mk_two_params (conf s) (conf b)) = Ok (mk_two_params (conf s) (conf b)) ->
    (time (led (final s)) - time (from s) <= n)%Z -> (time (led (final b)) - time (from b) <= n)%Z ->
    (forall t, lnP t = lnF t - (Es t - Eb t)) ->
    largest_fall lnP MDD -> largest_fall (fun t => - lnP t) MRU ->
    bounds_falls lnF X -> bounds_falls (fun t => - lnF t) Y ->
    (forall t, As t <= rat (spent (final s)) /\ Ab t <= rat (spent (final b))) ->
    (* H1 *) (forall t, 0 <= Es t /\ Es t <= rat (kappa (conf s)) * As t) ->
             (forall t, 0 <= Eb t /\ Eb t <= rat (kappa (conf b)) * Ab t) ->
    (* H2 *) rat (used (final s)) <= MDD + (1 + 1) * eps -> rat (used (final b)) <= MRU + (1 + 1) * eps ->
    let g := rat (kappa (conf s)) * rat (own_share (conf s)) + rat (kappa (conf b)) * rat (own_share (conf b)) in
    let C := rat (kappa (conf s)) * additive n eps s + rat (kappa (conf b)) * additive n eps b in
    let S := (C + rat (kappa (conf s)) * rat (own_share (conf s)) * X + rat (kappa (conf b)) * rat (own_share (conf b))
      * Y)
             / (1 - g) in
    MDD <= X + S /\ MRU <= Y + S.
  Proof.
    intros s b n lnP lnF Es Eb As Ab MDD MRU X Y eps Hs Hb Hcfg Hns Hnb HP [_ LD] [_ LU] HX HY HA HEs HEb H2s H2b g C S.
    pose proof (two_gain_below_one _ _ (proj1 Hs) (proj1 Hb) Hcfg) as Hg. fold g in Hg.
    pose proof (params_checked _ (proj1 Hs)) as (_ & ks & hs & _). pose proof (params_checked _ (proj1 Hb)) as (_ & kb &
      hb & _).
    assert (Ks : 0 <= rat (kappa (conf s))) by (apply rat_nonneg; pose proof ONE_pos; lia).
    assert (Kb : 0 <= rat (kappa (conf b))) by (apply rat_nonneg; pose proof ONE_pos; lia).
    assert (Hhs : 0 <= rat (own_share (conf s))) by (apply rat_nonneg; lia).
    assert (Hhb : 0 <= rat (own_share (conf b))) by (apply rat_nonneg; lia).
    pose proof (seller_charges s n MDD eps Hs Hns H2s) as Cs. pose proof (seller_charges b n MRU eps Hb Hnb H2b) as Cb.
    set (Ts := rat (kappa (conf s)) * rat (spent (final s)) + rat (kappa (conf b)) * rat (spent (final b))).
    assert (Hd : forall t u, (Es u - Eb u) - (Es t - Eb t) <= Ts /\ (Es t - Eb t) - (Es u - Eb u) <= Ts).
    { assert (one : forall t u, (Es u - Eb u) - (Es t - Eb t) <= Ts).
      { intros t u. destruct (HEs t) as [A1 _]. destruct (HEs u) as [_ A2]. destruct (HEb t) as [_ B1]. destruct (HEb u)
        as [B2 _].
        destruct (HA t) as [_ At]. destruct (HA u) as [Au _].
        apply le_trans with (Es u + Eb t).
        - apply le_sub. replace (Es u + Eb t - (Es u - Eb u - (Es t - Eb t))) with (Es t + Eb u) by ring. now apply
          plus_nonneg.
        - unfold Ts. apply plus_le2; (eapply le_trans; [eassumption|]); now apply times_le_l. }
      intros t u. split; apply one. }
    assert (D1 : MDD <= X + Ts).
    { apply LD. intros t u Htu. rewrite !HP.
      replace (lnF t - (Es t - Eb t) - (lnF u - (Es u - Eb u)))
        with ((lnF t - lnF u) + ((Es u - Eb u) - (Es t - Eb t))) by ring.
      apply plus_le2; [now apply HX | apply Hd]. }
    assert (D2 : MRU <= Y + Ts).
    { apply LU. intros t u Htu. rewrite !HP.
      replace (- (lnF t - (Es t - Eb t)) - - (lnF u - (Es u - Eb u)))
        with ((- lnF t - - lnF u) + ((Es t - Eb t) - (Es u - Eb u))) by ring.
      apply plus_le2; [now apply HY | apply Hd]. }
    assert (D3 : Ts <= S).
    { apply le_div; [exact Hg|].
      assert (B : Ts <= C + rat (kappa (conf s)) * rat (own_share (conf s)) * (X + Ts)
                     + rat (kappa (conf b)) * rat (own_share (conf b)) * (Y + Ts)).
      { apply le_trans with (rat (kappa (conf s)) * (additive n eps s + rat (own_share (conf s)) * (X + Ts))
                           + rat (kappa (conf b)) * (additive n eps b + rat (own_share (conf b)) * (Y + Ts))).
        - unfold Ts at 1. apply plus_le2; (apply times_le_l; [assumption|]).
          + eapply le_trans; [exact Cs|]. apply plus_le2; [apply le_refl | now apply times_le_l].
          + eapply le_trans; [exact Cb|]. apply plus_le2; [apply le_refl | now apply times_le_l].
        - unfold C. match goal with |- ?a <= ?c => replace c with a by ring end. apply le_refl. }
      apply le_sub. apply (proj1 (le_sub _ _ _)) in B. unfold g.
      match goal with |- 0 <= ?e => match type of B with 0 <= ?f => replace e with f by ring end end. exact B. }
    split; (eapply le_trans; [eassumption|]); (apply plus_le2; [apply le_refl | exact D3]).
  Qed.

  (** T5 (iv), permanent purchases. If the displacement by purchases never falls, the bound of T-A holds with the budget
      of sales alone, whatever is bought. *)
  Theorem T5_permanent_purchases :
    forall (s : seller) (n : Z) (lnP lnF Es Eb As : T -> K) (MDD X eps : K),
    seller_ok s -> (time (led (final s)) - time (from s) <= n)%Z ->
    (forall t, lnP t = lnF t - (Es t - Eb t)) ->
    largest_fall lnP MDD -> bounds_falls lnF X ->
    (forall t, As t <= rat (spent (final s))) ->
    (forall t, 0 <= Es t /\ Es t <= rat (kappa (conf s)) * As t) ->
    (forall t u, before t u -> Eb t <= Eb u) ->
    rat (used (final s)) <= MDD + (1 + 1) * eps ->
    MDD <= (X + rat (kappa (conf s)) * additive n eps s) / (1 - rat (kappa (conf s)) * rat (own_share (conf s))).
  Proof.
    intros s n lnP lnF Es Eb As MDD X eps Hs Hn HP [_ LD] HX HA HE Hb H2.
    apply collect; [apply kappa_h_below_one; apply Hs|].
    pose proof (params_checked _ (proj1 Hs)) as (_ & ks & hs & _).
    assert (Ks : 0 <= rat (kappa (conf s))) by (apply rat_nonneg; pose proof ONE_pos; lia).
    pose proof (seller_charges s n MDD eps Hs Hn H2) as Cs.
    apply LD. intros t u Htu. rewrite !HP.
    replace (lnF t - (Es t - Eb t) - (lnF u - (Es u - Eb u)))
      with ((lnF t - lnF u) + ((Es u - Es t) - (Eb u - Eb t))) by ring.
    apply plus_le2; [now apply HX|]. apply le_trans with (Es u).
    - apply le_sub. replace (Es u - (Es u - Es t - (Eb u - Eb t))) with (Es t + (Eb u - Eb t)) by ring.
      apply plus_nonneg; [apply HE|]. apply (proj1 (le_sub _ _ _)). now apply Hb.
    - eapply le_trans; [apply HE|]. apply times_le_l; [exact Ks|]. eapply le_trans; [apply HA | exact Cs].
  Qed.

  (** T5 (ii), loop gain. If sales worth at most [G] times the fall move the price, [D <= d + G D], so [D <= d / (1 -
      G)]. *)
  Theorem T5_loop_bound : forall d g D : K, 0 < 1 - g -> D <= d + g * D -> D <= d / (1 - g).
  Proof.
    intros d g D P H. apply le_div; [exact P|]. apply le_sub. apply (proj1 (le_sub _ _ _)) in H.
    replace (d - D * (1 - g)) with (d + g * D - D) by ring. exact H.
  Qed.
End Joint.

(** T5 (iv), equal sides. With the same [h] on both sides and [kappa = 1], a configuration is accepted exactly when [h <
    1/2] (burst in range). *)
Theorem T5_half : forall c, kappa c = ONE -> 0 <= burst c <= ONE -> 0 <= own_share c < WORD ->
  (two_config_new (mk_two_params c c) = Ok (mk_two_params c c) <-> 2 * own_share c < ONE).
Proof.
  intros c Hk Hb Hh. pose proof ONE_pos as O. pose proof WORD_ONE as W.
  assert (M : mul_ceil (kappa c) (own_share c) = Ok (own_share c)).
  { unfold mul_ceil. rewrite Hk. replace (cdiv (ONE * own_share c) ONE) with (own_share c).
    - apply narrow_fits. lia.
    - destruct (cdiv_spec (ONE * own_share c) ONE O). nia. }
  unfold two_config_new, two_gain_ceil, config_new. cbn [sell_params buy_params]. rewrite M.
  destruct (ONE <? burst c) eqn:E1; [apply Z.ltb_lt in E1; lia|].
  destruct (kappa c <? ONE) eqn:E2; [apply Z.ltb_lt in E2; lia|].
  cbn [bind]. destruct (own_share c <? ONE) eqn:E3.
  - apply Z.ltb_lt in E3. cbn [bind]. unfold ratio_add. rewrite narrow_fits by lia. cbn [bind].
    destruct (own_share c + own_share c <? ONE) eqn:E4; [apply Z.ltb_lt in E4 | apply Z.ltb_ge in E4]; split; intros;
      try easy; lia.
  - apply Z.ltb_ge in E3. cbn [bind]. split; intros; [easy | lia].
Qed.
