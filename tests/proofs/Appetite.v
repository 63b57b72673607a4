(** Appetite: how much of its limits a market still offers, as [src/appetite.rs] moves it. Spec: D26, T17.

    An observation brings the stress, 0 to 1, and the seconds since the last one as they count, [min(dt, max_step)]. The
    state is what is lost, [1 - a], and the leash. Ratios in steps of 2^-48. *)

From Coq Require Import ZArith Bool Lia List Psatz.
From Damper Require Import Ledger LedgerSafe.
Import ListNotations.
Local Open Scope Z_scope.

Record appetite_params : Set := mk_appetite { a_floor : Z; hysteresis : Z; recovery : Z; hold : Z }.

(** [AppetiteConfig::new]: the bounds of an appetite that starts at [start]; 30 days. *)
Definition appetite_check (p : appetite_params) (start max_step : Z) : bool :=
  (a_floor p <=? ONE) && (a_floor p <=? start) && (start <=? ONE)
  && negb (hysteresis p =? 0) && (hysteresis p <=? excess_over ONE (hysteresis p))
  && negb (recovery p =? 0) && negb (max_step =? 0)
  && (hold p <=? 2592000) && (excess_over ONE (a_floor p) + recovery p * hold p <? WORD).

(** What of it the proofs need. *)
Definition appetite_ok (p : appetite_params) : Prop :=
  0 <= a_floor p <= ONE /\ 0 < hysteresis p /\ 2 * hysteresis p <= ONE /\ 0 < recovery p /\ 0 <= hold p.

Definition span (p : appetite_params) : Z := ONE - a_floor p.
Definition lead (p : appetite_params) : Z := recovery p * hold p.
Definition most (p : appetite_params) : Z := span p + lead p.
Definition slope (p : appetite_params) : Z := cdiv (span p * ONE) (ONE - hysteresis p).

(** [AppetiteConfig::demand_ceil], F of D26. *)
Definition demand (p : appetite_params) (y : Z) : Z := Z.min (span p) (cdiv (slope p * y) ONE).
Definition press (p : appetite_params) (x : Z) : Z := demand p (excess_over x (hysteresis p)).

(** [AppetiteConfig::toward]: lost and leash after an observation. *)
Definition toward (p : appetite_params) (s : Z * Z) (seen : Z * Z) : Z * Z :=
  let '(lost, leash) := s in
  let '(x, elapsed) := seen in
  let pr := press p x in
  if (pr =? 0) && (lost =? 0) then (0, 0)
  else
    let healed := Z.min (recovery p * elapsed) (most p) in
    let c := Z.max (excess_over (Z.min leash (most p)) healed) (if pr =? 0 then 0 else pr + lead p) in
    let d := Z.min lost (span p) in
    let rest := Z.max c (demand p x) in
    (if d <=? rest then Z.max d pr else Z.max (excess_over d healed) rest, c).

(** [AppetiteConfig::open], and [AppetiteConfig::update]: the seconds count up to [max_step]. *)
Definition appetite_open (start : Z) : Z * Z := (excess_over ONE start, 0).
Definition appetite_update (p : appetite_params) (max_step : Z) (s : Z * Z) (x seconds : Z) : Z * Z :=
  toward p s (x, Z.min seconds max_step).

Definition seen_ok (seen : Z * Z) : Prop := 0 <= fst seen <= ONE /\ 0 <= snd seen.
(** What holds of a state after any observation. *)
Definition state_ok (p : appetite_params) (s : Z * Z) : Prop := 0 <= fst s <= span p /\ 0 <= snd s <= most p.
Definition appetite_run (p : appetite_params) (s : Z * Z) (path : list (Z * Z)) : Z * Z := fold_left (toward p) path s.
Definition counted (path : list (Z * Z)) : Z := fold_right (fun seen n => snd seen + n) 0 path.

Lemma appetite_check_ok p start max_step : 0 <= a_floor p -> 0 <= hysteresis p -> 0 <= recovery p -> 0 <= hold p ->
  appetite_check p start max_step = true -> appetite_ok p /\ state_ok p (appetite_open start).
Proof.
  unfold appetite_check, appetite_ok, state_ok, appetite_open, most, span, lead, excess_over.
  rewrite !andb_true_iff, !negb_true_iff, !Z.leb_le, !Z.eqb_neq, Z.ltb_lt. cbn [fst snd]. intros. nia.
Qed.

Lemma cdiv_mono a b d : 0 < d -> a <= b -> cdiv a d <= cdiv b d.
Proof. intros Hd H. apply cdiv_le; [exact Hd|]. destruct (cdiv_spec b d Hd). lia. Qed.

Lemma numbers p : appetite_ok p ->
  0 <= span p <= ONE /\ 0 <= lead p /\ 0 <= most p /\ 0 <= slope p /\ span p * ONE <= slope p * (ONE - hysteresis p).
Proof.
  intros (Hf & Hw & Hw2 & Hr & Hh). pose proof ONE_pos as O.
  assert (S : 0 <= span p <= ONE) by (unfold span; lia).
  assert (L : 0 <= lead p) by (unfold lead; nia).
  destruct (cdiv_spec (span p * ONE) (ONE - hysteresis p) ltac:(lia)) as [C _]. fold (slope p) in C.
  unfold most. repeat split; try lia. nia.
Qed.

Lemma demand_mono p y z : appetite_ok p -> y <= z -> demand p y <= demand p z.
Proof.
  intros Hp H. destruct (numbers p Hp) as (_ & _ & _ & Hs & _). unfold demand.
  pose proof (cdiv_mono (slope p * y) (slope p * z) ONE ONE_pos ltac:(nia)). lia.
Qed.

Lemma demand_0 p : appetite_ok p -> demand p 0 = 0.
Proof.
  intros Hp. destruct (numbers p Hp) as (Hs & _). unfold demand, cdiv. rewrite Z.mul_0_r. simpl. lia.
Qed.

Lemma demand_range p y : appetite_ok p -> 0 <= y -> 0 <= demand p y <= span p.
Proof.
  intros Hp Hy. pose proof (demand_mono p 0 y Hp Hy) as M. rewrite (demand_0 p Hp) in M. unfold demand in *. lia.
Qed.

Lemma press_le p x : appetite_ok p -> 0 <= x -> 0 <= press p x <= demand p x.
Proof.
  intros Hp Hx. pose proof Hp as (_ & Hw & _). unfold press, excess_over. split.
  - apply demand_range; [exact Hp|lia].
  - apply demand_mono; [exact Hp|lia].
Qed.

Lemma press_mono p x y : appetite_ok p -> x <= y -> press p x <= press p y.
Proof. intros Hp H. unfold press, excess_over. apply demand_mono; [exact Hp|lia]. Qed.

(** What an observation does: never below what is pressed for, and otherwise down by at most what has healed. *)
Lemma toward_spec p s seen : appetite_ok p -> state_ok p s -> seen_ok seen ->
  let s' := toward p s seen in
  state_ok p s' /\ press p (fst seen) <= fst s' /\ fst s - recovery p * snd seen <= fst s'.
Proof.
  destruct s as [lost leash], seen as [x el]. intros Hp [Hd Hc] [Hx He]. cbn [fst snd] in *.
  destruct (numbers p Hp) as (S1 & S2 & S3 & _). destruct (press_le p x Hp ltac:(lia)) as [P1 P2].
  pose proof (demand_range p x Hp ltac:(lia)) as D. pose proof Hp as (_ & _ & _ & Hr & _).
  assert (0 <= recovery p * el) by nia.
  cbv zeta. unfold toward. set (pr := press p x) in *. set (dm := demand p x) in *. clearbody pr dm.
  destruct ((pr =? 0) && (lost =? 0)) eqn:Z0.
  - apply andb_true_iff in Z0. rewrite !Z.eqb_eq in Z0. unfold state_ok; cbn [fst snd]. lia.
  - unfold state_ok, excess_over; cbn [fst snd]. unfold most in *. set (rh := recovery p * el) in *. clearbody rh.
    apply andb_false_iff in Z0. rewrite !Z.eqb_neq in Z0.
    destruct (Z.eqb_spec pr 0); repeat match goal with |- context [?a <=? ?b] => destruct (Z.leb_spec a b) end; lia.
Qed.

(** T17. After an observation it holds of any state, of another configuration too. *)
Theorem T17_any_state p s seen : appetite_ok p -> 0 <= fst s -> 0 <= snd s -> seen_ok seen -> state_ok p (toward p s seen).
Proof.
  destruct s as [lost leash], seen as [x el]. intros Hp Hd Hc [Hx He]. cbn [fst snd] in *.
  destruct (numbers p Hp) as (S1 & S2 & S3 & _). destruct (press_le p x Hp ltac:(lia)) as [P1 P2].
  pose proof (demand_range p x Hp ltac:(lia)) as D. pose proof Hp as (_ & _ & _ & Hr & _).
  assert (0 <= recovery p * el) by nia.
  unfold toward. set (pr := press p x) in *. set (dm := demand p x) in *. clearbody pr dm.
  destruct ((pr =? 0) && (lost =? 0)) eqn:Z0; [unfold state_ok; cbn [fst snd]; lia|].
  unfold state_ok, excess_over; cbn [fst snd]. unfold most in *. set (rh := recovery p * el) in *. clearbody rh.
  destruct (Z.eqb_spec pr 0); repeat match goal with |- context [?a <=? ?b] => destruct (Z.leb_spec a b) end; lia.
Qed.

Lemma run_ok p path : forall s, appetite_ok p -> state_ok p s -> Forall seen_ok path -> state_ok p (appetite_run p s path).
Proof.
  induction path as [|seen path IH]; intros s Hp Hs H; [exact Hs|]. inversion H; subst. simpl. apply IH; auto.
  now apply toward_spec.
Qed.

(** T17 (i). After each observation [floor <= a <= 1], and [a <= 1 - (1 - floor) (x - w)^+ / (1 - w)], multiplied out. *)
Theorem T17_i_levels : forall p s seen, appetite_ok p -> state_ok p s -> seen_ok seen ->
  let lost := fst (toward p s seen) in
  0 <= lost <= ONE - a_floor p /\ (ONE - a_floor p) * excess_over (fst seen) (hysteresis p) <= lost * (ONE - hysteresis p).
Proof.
  intros p s seen Hp Hs Hseen. destruct (toward_spec p s seen Hp Hs Hseen) as ((R & _) & P & _). cbv zeta in *.
  split; [exact R|]. destruct (numbers p Hp) as (S1 & _ & _ & S4 & S5). fold (span p).
  destruct seen as [x el], Hseen as [Hx _]. cbn [fst snd] in *. pose proof ONE_pos as O. pose proof Hp as (_ & Hw & Hw2 & _).
  set (d := fst (toward p s (x, el))) in *. clearbody d. unfold press, demand in P.
  set (y := excess_over x (hysteresis p)) in *. assert (Hy : 0 <= y <= ONE - hysteresis p) by (unfold y, excess_over; lia).
  clearbody y. destruct (cdiv_spec (slope p * y) ONE O) as [C _]. set (q := cdiv (slope p * y) ONE) in *. clearbody q.
  set (w := ONE - hysteresis p) in *. assert (0 < w) by (unfold w; lia). clearbody w.
  destruct (Z_le_gt_dec (span p) q).
  - assert (span p <= d) by lia. nia.
  - assert (q <= d) by lia.
    assert (span p * y * ONE <= q * w * ONE);
      [|assert (span p * y <= q * w) by (apply (Z.mul_le_mono_pos_r _ _ ONE); assumption); nia].
    assert (span p * ONE * y <= slope p * w * y) by nia. assert (slope p * y * w <= q * ONE * w) by nia. nia.
Qed.

(** T17 (ii). More stress at the same times, from a state that has lost no less, never leaves more appetite. *)
Lemma toward_form p d c x el : appetite_ok p -> state_ok p (d, c) -> seen_ok (x, el) -> (press p x =? 0) && (d =? 0) = false ->
  let healed := Z.min (recovery p * el) (most p) in
  let c' := Z.max (excess_over c healed) (if press p x =? 0 then 0 else press p x + lead p) in
  toward p (d, c) (x, el) = (Z.max (press p x) (Z.min d (Z.max (excess_over d healed) (Z.max c' (demand p x)))), c').
Proof.
  intros Hp [Hd Hc] [Hx He] Z0. cbn [fst snd] in *. cbv zeta. unfold toward. rewrite Z0.
  destruct (press_le p x Hp ltac:(lia)) as [P1 P2]. pose proof Hp as (_ & _ & _ & Hr & _). destruct (numbers p Hp) as (S1 & S2 & S3 & _).
  replace (Z.min c (most p)) with c by lia. replace (Z.min d (span p)) with d by lia.
  assert (0 <= Z.min (recovery p * el) (most p)) by nia.
  set (h := Z.min (recovery p * el) (most p)) in *. clearbody h.
  set (c' := Z.max (excess_over c h) _). clearbody c'. set (z := demand p x) in *. clearbody z. set (pr := press p x) in *. clearbody pr.
  f_equal. unfold excess_over. destruct (Z.leb_spec d (Z.max c' z)); lia.
Qed.

Lemma toward_mono p s t x y el : appetite_ok p -> state_ok p s -> state_ok p t -> 0 <= x <= y -> y <= ONE -> 0 <= el ->
  fst s <= fst t -> snd s <= snd t ->
  fst (toward p s (x, el)) <= fst (toward p t (y, el)) /\ snd (toward p s (x, el)) <= snd (toward p t (y, el)).
Proof.
  destruct s as [d c], t as [d' c']. intros Hp Hs Ht Hxy Hy He L1 L2. cbn [fst snd] in *.
  destruct (press_le p x Hp ltac:(lia)) as [P1 P2]. destruct (numbers p Hp) as (_ & S2 & _).
  pose proof (press_mono p x y Hp ltac:(lia)) as PM. pose proof (demand_mono p x y Hp ltac:(lia)) as DM.
  assert (Sx : seen_ok (x, el)) by (split; cbn [fst snd]; lia). assert (Sy : seen_ok (y, el)) by (split; cbn [fst snd]; lia).
  pose proof Hs as [Hd _]. cbn [fst] in Hd.
  destruct (toward_spec p (d', c') (y, el) Hp Ht Sy) as ((T1 & T2) & _). cbv zeta in T1, T2.
  destruct ((press p x =? 0) && (d =? 0)) eqn:Z1.
  { replace (toward p (d, c) (x, el)) with (0, 0) by (unfold toward; now rewrite Z1). cbn [fst snd]. lia. }
  assert (Z2 : (press p y =? 0) && (d' =? 0) = false).
  { apply andb_false_iff in Z1. apply andb_false_iff. rewrite !Z.eqb_neq in *. lia. }
  rewrite (toward_form p d c x el Hp Hs Sx Z1), (toward_form p d' c' y el Hp Ht Sy Z2). cbn [fst snd]. clear T1 T2 Z1 Z2.
  set (h := Z.min (recovery p * el) (most p)). clearbody h.
  assert (C : Z.max (excess_over c h) (if press p x =? 0 then 0 else press p x + lead p)
              <= Z.max (excess_over c' h) (if press p y =? 0 then 0 else press p y + lead p)).
  { apply Z.max_le_compat; [unfold excess_over; lia|]. destruct (Z.eqb_spec (press p x) 0), (Z.eqb_spec (press p y) 0); lia. }
  split; [|exact C]. apply Z.max_le_compat; [exact PM|]. apply Z.min_le_compat; [exact L1|].
  apply Z.max_le_compat; [unfold excess_over; lia|]. now apply Z.max_le_compat.
Qed.

Theorem T17_ii_order : forall p path path' s t, appetite_ok p -> state_ok p s -> state_ok p t ->
  Forall2 (fun a b => seen_ok a /\ seen_ok b /\ fst a <= fst b /\ snd a = snd b) path path' ->
  fst s <= fst t -> snd s <= snd t ->
  fst (appetite_run p s path) <= fst (appetite_run p t path').
Proof.
  intros p path path' s t Hp Hs Ht H. revert s t Hs Ht.
  induction H as [|[x el] [y el'] path path' (A & B & C & D) H IH]; intros s t Hs Ht L1 L2; [exact L1|].
  cbn [fst snd] in C, D. subst el'. simpl. destruct A as [A1 A2]. cbn [fst snd] in A1, A2.
  destruct (toward_mono p s t x y el Hp Hs Ht ltac:(lia) (proj2 (proj1 B)) A2 L1 L2).
  apply IH; auto; apply toward_spec; auto. split; auto.
Qed.

(** T17 (iii). Without stress, after any past, all of it is back once [H + ceil((1 - floor) / rho)] seconds have counted
    ([AppetiteConfig::heals_within]). *)
Theorem T17_iii_heals : forall p s path, appetite_ok p -> state_ok p s ->
  Forall (fun seen => fst seen = 0 /\ 0 <= snd seen) path ->
  hold p + cdiv (span p) (recovery p) <= counted path ->
  fst (appetite_run p s path) = 0.
Proof.
  intros p s path Hp Hs H N. destruct (numbers p Hp) as (S1 & S2 & S3 & _). pose proof Hp as (_ & _ & _ & Hr & Hh).
  assert (G : forall path s n, Forall (fun seen => fst seen = 0 /\ 0 <= snd seen) path -> state_ok p s -> 0 <= n ->
    fst s <= Z.max 0 (most p - n) -> snd s <= Z.max 0 (most p - n) ->
    0 <= fst (appetite_run p s path) <= Z.max 0 (most p - (n + recovery p * counted path))).
  { clear s path Hs H N. induction path as [|[x el] path IH]; intros [d c] n H [Hd Hc] Hn L1 L2; cbn [fst snd] in *.
    - simpl. lia.
    - pose proof (Forall_inv H) as [X E]. pose proof (Forall_inv_tail H) as H'. cbn [fst snd] in X, E. subst x.
      cbn [counted fold_right snd]. fold (counted path).
      replace (n + recovery p * (el + counted path)) with (n + recovery p * el + recovery p * counted path) by ring.
      simpl appetite_run. assert (0 <= recovery p * el) by nia.
      assert (P0 : press p 0 = 0).
      { pose proof Hp as (_ & Hw & _). unfold press, excess_over. replace (Z.max 0 (0 - hysteresis p)) with 0 by lia.
        now apply demand_0. }
      assert (T : state_ok p (toward p (d, c) (0, el)) /\ fst (toward p (d, c) (0, el)) <= Z.max 0 (most p - (n + recovery p * el))
                  /\ snd (toward p (d, c) (0, el)) <= Z.max 0 (most p - (n + recovery p * el))).
      { split; [apply toward_spec; auto; split; cbn [fst snd]; pose proof ONE_pos; lia|].
        unfold toward. rewrite P0, (demand_0 p Hp). set (rh := recovery p * el) in *. clearbody rh.
        unfold most, excess_over in *. destruct (Z.eqb_spec d 0); cbn [Z.eqb andb fst snd]; [lia|].
        repeat match goal with |- context [?a <=? ?b] => destruct (Z.leb_spec a b) end; lia. }
      apply IH; try tauto. lia. }
  specialize (G path s 0 H Hs ltac:(lia)). destruct Hs as [Hd Hc]. unfold most in *.
  destruct (cdiv_spec (span p) (recovery p) Hr) as [C _]. unfold lead in *.
  assert (span p + recovery p * hold p <= recovery p * counted path) by nia. lia.
Qed.

(** T17 (v). The appetite rises by at most [rho] a second that counts. *)
Theorem T17_v_speed : forall p path s, appetite_ok p -> state_ok p s -> Forall seen_ok path ->
  fst s - fst (appetite_run p s path) <= recovery p * counted path.
Proof.
  intros p path s Hp. revert s. induction path as [|seen path IH]; intros s Hs H; [simpl; lia|].
  inversion H; subst. cbn [counted fold_right]. fold (counted path). simpl appetite_run.
  destruct (toward_spec p s seen Hp Hs H2) as (O & _ & D). specialize (IH _ O H3). cbv zeta in D. lia.
Qed.

(** T17 (v). What was pressed for is held for [H] seconds that count, and then given back at [rho] a second at most. *)
Theorem T17_v_held : forall p s seen path, appetite_ok p -> state_ok p s -> seen_ok seen -> Forall seen_ok path ->
  press p (fst seen) - recovery p * Z.max 0 (counted path - hold p) <= fst (appetite_run p (toward p s seen) path).
Proof.
  intros p s seen path Hp Hs Hseen H. destruct (numbers p Hp) as (S1 & S2 & S3 & _). pose proof Hp as (_ & _ & _ & Hr & Hh).
  set (q := press p (fst seen)). assert (Hq : 0 <= q <= span p).
  { destruct Hseen. split; [apply press_le; auto; lia|]. unfold q, press, demand. lia. }
  destruct (toward_spec p s seen Hp Hs Hseen) as (O & P & _). cbv zeta in O, P. fold q in P.
  destruct (Z.eq_dec q 0) as [Q0|Q0].
  { destruct (run_ok p path _ Hp O H) as [? _]. nia. }
  assert (L : q + lead p <= snd (toward p s seen)).
  { destruct s as [d c], seen as [x el]. cbn [fst] in *. unfold toward. fold q.
    destruct (Z.eqb_spec q 0); [lia|]. cbn [andb snd]. lia. }
  assert (G : forall path s n, Forall seen_ok path -> state_ok p s -> 0 <= n ->
    q - Z.max 0 (n - lead p) <= fst s -> q + lead p - n <= snd s ->
    q - Z.max 0 (n + recovery p * counted path - lead p) <= fst (appetite_run p s path)).
  { clearbody q. clear s seen path Hs Hseen H O P L. intros path.
    induction path as [|[x el] path IH]; intros [d c] n H [Hd Hc] Hn L1 L2; cbn [fst snd] in *.
    - simpl. lia.
    - pose proof (Forall_inv H) as [X E]. pose proof (Forall_inv_tail H) as H'. cbn [fst snd] in X, E.
      cbn [counted fold_right snd]. fold (counted path).
      replace (n + recovery p * (el + counted path)) with (n + recovery p * el + recovery p * counted path) by ring.
      change (appetite_run p (d, c) ((x, el) :: path)) with (appetite_run p (toward p (d, c) (x, el)) path).
      assert (0 <= recovery p * el) by nia.
      destruct (press_le p x Hp ltac:(lia)) as [P1 P2]. pose proof (demand_range p x Hp ltac:(lia)) as D.
      assert (Sx : seen_ok (x, el)) by (split; auto).
      assert (Step : (toward p (d, c) (x, el) = (0, 0) /\ d = 0) \/ exists h c',
        toward p (d, c) (x, el) = (Z.max (press p x) (Z.min d (Z.max (excess_over d h) (Z.max c' (demand p x)))), c')
        /\ h <= recovery p * el /\ c - h <= c').
      { destruct ((press p x =? 0) && (d =? 0)) eqn:Z1.
        - left. split; [unfold toward; now rewrite Z1|]. apply andb_true_iff in Z1. rewrite !Z.eqb_eq in Z1. lia.
        - right. pose proof (toward_form p d c x el Hp (conj Hd Hc) Sx Z1) as F. cbv zeta in F.
          eexists _, _. split; [exact F|]. split; [lia|]. unfold excess_over. lia. }
      set (rh := recovery p * el) in *. clearbody rh.
      destruct (toward p (d, c) (x, el)) as [d' c0] eqn:T.
      pose proof (toward_spec p (d, c) (x, el) Hp (conj Hd Hc) Sx) as O. cbv zeta in O. rewrite T in O.
      apply IH; auto; try lia.
      + tauto.
      + destruct Step as [(Step & D0)|(h & c' & Step & H1 & C)]; inversion Step; subst; cbn [fst]; [lia|].
        unfold excess_over. set (m := demand p x) in *. set (pr := press p x) in *. clearbody m pr. lia.
      + destruct Step as [(Step & D0)|(h & c' & Step & H1 & C)]; inversion Step; subst; cbn [snd]; lia. }
  specialize (G path _ 0 H O ltac:(lia) ltac:(lia) ltac:(lia)). unfold lead in G.
  assert (Z.max 0 (0 + recovery p * counted path - recovery p * hold p) = recovery p * Z.max 0 (counted path - hold p)) by nia.
  lia.
Qed.

(** T17 (iv). Reversals. A move up of what is lost ends where it is pressed for, a move down no lower than what the stress
    itself demands; so the stress has moved by more than [w] between the ends of two moves of different directions. *)
Lemma toward_moves p d c x el : appetite_ok p -> state_ok p (d, c) -> seen_ok (x, el) ->
  let d' := fst (toward p (d, c) (x, el)) in
  (d < d' -> d' = press p x) /\ (d' < d -> demand p x <= d').
Proof.
  intros Hp Hs Hx. cbv zeta. pose proof Hs as [Hd _]. cbn [fst] in Hd.
  destruct ((press p x =? 0) && (d =? 0)) eqn:Z1.
  - replace (toward p (d, c) (x, el)) with (0, 0) by (unfold toward; now rewrite Z1).
    apply andb_true_iff in Z1. rewrite !Z.eqb_eq in Z1. cbn [fst]. lia.
  - rewrite (toward_form p d c x el Hp Hs Hx Z1). cbn [fst].
    set (c' := Z.max (excess_over c _) _). clearbody c'. set (e := excess_over d _). clearbody e.
    destruct (press_le p x Hp (proj1 (proj1 Hx))) as [_ P]. cbn [fst] in P.
    set (pr := press p x) in *. set (dm := demand p x) in *. clearbody pr dm. lia.
Qed.

Inductive direction : Set := Up | Down.
Definition turns (was now : direction) : Z := match was, now with Up, Down | Down, Up => 1 | _, _ => 0 end.

(** The changes of direction of what is lost along a path, the last move having been [was]; and what the stress moves by,
    from [x] on. *)
Fixpoint reversals (p : appetite_params) (was : option direction) (s : Z * Z) (path : list (Z * Z)) : Z :=
  match path with
  | [] => 0
  | seen :: path =>
      let s' := toward p s seen in
      let now := if fst s <? fst s' then Some Up else if fst s' <? fst s then Some Down else None in
      match was, now with
      | Some a, Some b => turns a b + reversals p (Some b) s' path
      | None, Some b => reversals p (Some b) s' path
      | _, None => reversals p was s' path
      end
  end.
Fixpoint variation (x : Z) (path : list (Z * Z)) : Z :=
  match path with
  | [] => 0
  | (y, _) :: path => Z.abs (y - x) + variation y path
  end.

Lemma reversals_cons p was s seen path :
  reversals p was s (seen :: path) =
    match was, (if fst s <? fst (toward p s seen) then Some Up
                else if fst (toward p s seen) <? fst s then Some Down else None) with
    | Some a, Some b => turns a b + reversals p (Some b) (toward p s seen) path
    | None, Some b => reversals p (Some b) (toward p s seen) path
    | _, None => reversals p was (toward p s seen) path
    end.
Proof. reflexivity. Qed.

Lemma variation_nonneg path : forall x, 0 <= variation x path.
Proof. induction path as [|[y el] path IH]; intros x; simpl; [lia|]. specialize (IH y). lia. Qed.

(** After a move that ended at a stress of [y], the stress being [x]. *)
Lemma reversals_from p path : forall was s y x, appetite_ok p -> state_ok p s -> Forall seen_ok path ->
  match was with Up => fst s = press p y | Down => demand p y <= fst s end -> 0 <= y ->
  reversals p (Some was) s path * (hysteresis p + 1) <= Z.abs (x - y) + variation x path.
Proof.
  induction path as [|[z el] path IH]; intros was [d c] y x Hp Hs H W Hy; [simpl; lia|].
  pose proof (Forall_inv H) as Hz. pose proof (Forall_inv_tail H) as H'.
  destruct (toward_spec p (d, c) (z, el) Hp Hs Hz) as (O & _).
  pose proof (toward_moves p d c z el Hp Hs Hz) as [MU MD]. cbv zeta in O, MU, MD.
  cbn [reversals variation]. set (s' := toward p (d, c) (z, el)) in *. cbn [fst] in *. clearbody s'.
  pose proof Hp as (_ & Hw & _). pose proof (proj1 (proj1 Hz)) as Hz0. cbn [fst] in Hz0.
  pose proof (variation_nonneg path z) as V.
  destruct (Z.ltb_spec d (fst s')) as [U|U]; [|destruct (Z.ltb_spec (fst s') d) as [D|D]].
  - specialize (MU U). pose proof (IH Up s' z z Hp O H' MU Hz0) as R. rewrite Z.sub_diag in R. cbn [Z.abs] in R.
    destruct was; cbn [turns]; [lia|].
    (* down at [y], up at [z]: [F(y) <= d < F(z - w)] *)
    assert (y + hysteresis p < z); [|lia].
    destruct (Z_lt_le_dec (y + hysteresis p) z) as [L|L]; [exact L|].
    pose proof (demand_mono p (excess_over z (hysteresis p)) y Hp ltac:(unfold excess_over; lia)) as M.
    fold (press p z) in M. lia.
  - specialize (MD D). pose proof (IH Down s' z z Hp O H' MD Hz0) as R. rewrite Z.sub_diag in R. cbn [Z.abs] in R.
    destruct was; cbn [turns]; [|lia].
    (* up at [y], down at [z]: [F(z) <= d' < d = F(y - w)] *)
    assert (z + hysteresis p < y); [|lia].
    destruct (Z_lt_le_dec (z + hysteresis p) y) as [L|L]; [exact L|].
    pose proof (demand_mono p (excess_over y (hysteresis p)) z Hp ltac:(unfold excess_over; lia)) as M.
    fold (press p y) in M. lia.
  - assert (E : fst s' = d) by lia.
    pose proof (IH was s' y z Hp O H' ltac:(rewrite E; exact W) Hy) as R. lia.
Qed.

(** T17 (iv). [R] changes of direction take [R w < ] what the stress moves by from the first observation on, for [R >= 1];
    in steps, [R (w + 1)] at least. *)
Theorem T17_iv_reversals : forall p s x el path, appetite_ok p -> state_ok p s -> Forall seen_ok ((x, el) :: path) ->
  reversals p None s ((x, el) :: path) * (hysteresis p + 1) <= variation x path.
Proof.
  intros p s x el path Hp Hs H. revert s x el Hs H.
  induction path as [|[z el'] path IH]; intros [d c] x el Hs H;
    pose proof (Forall_inv H) as Hx; pose proof (Forall_inv_tail H) as H';
    destruct (toward_spec p (d, c) (x, el) Hp Hs Hx) as (O & _);
    pose proof (toward_moves p d c x el Hp Hs Hx) as [MU MD]; cbv zeta in O, MU, MD;
    rewrite reversals_cons; cbn [fst]; set (s' := toward p (d, c) (x, el)) in *; clearbody s'; cbn [fst] in *;
    pose proof (proj1 (proj1 Hx)) as Hx0; cbn [fst] in Hx0.
  - destruct (d <? fst s'); [|destruct (fst s' <? d)]; simpl; lia.
  - destruct (Z.ltb_spec d (fst s')) as [U|U]; [|destruct (Z.ltb_spec (fst s') d) as [D|D]].
    + pose proof (reversals_from p _ Up s' x x Hp O H' (MU U) Hx0). lia.
    + pose proof (reversals_from p _ Down s' x x Hp O H' (MD D) Hx0). lia.
    + specialize (IH s' z el' O H'). change (variation x ((z, el') :: path)) with (Z.abs (z - x) + variation z path). lia.
Qed.

(** Observations at which nothing moves. *)
Definition still (p : appetite_params) := fix go (s : Z * Z) (path : list (Z * Z)) : Prop :=
  match path with [] => True | seen :: path => fst (toward p s seen) = fst s /\ go (toward p s seen) path end.
Lemma still_prefix p pre : forall s path, still p s pre -> reversals p None s (pre ++ path) = reversals p None (appetite_run p s pre) path.
Proof.
  induction pre as [|x pre IH]; intros s path H; [reflexivity|]. destruct H as [E H]. rewrite <- app_comm_cons, reversals_cons, E, Z.ltb_irrefl. now apply IH.
Qed.
Lemma still_suffix p path : forall was s post, still p (appetite_run p s path) post -> reversals p was s (path ++ post) = reversals p was s path.
Proof.
  induction path as [|x path IH]; intros was s post H.
  - change (appetite_run p s []) with s in H. simpl app. simpl. revert was s H. induction post as [|y post IH]; intros was s H; [reflexivity|].
    destruct H as [E H]. rewrite reversals_cons, E, Z.ltb_irrefl. destruct was; now apply IH.
  - rewrite <- app_comm_cons, !reversals_cons. destruct was, (fst s <? fst (toward p s x)), (fst (toward p s x) <? fst s); rewrite IH; auto.
Qed.

(** T17 (iv). So it is what the stress moves by from the observation [x] of the first move to that of the last, the last of
    [mid]. *)
Theorem T17_iv_from_first_to_last : forall p s pre x el mid post, appetite_ok p -> state_ok p s -> Forall seen_ok (pre ++ (x, el) :: mid ++ post) ->
  still p s pre -> still p (appetite_run p s (pre ++ (x, el) :: mid)) post ->
  reversals p None s (pre ++ (x, el) :: mid ++ post) * (hysteresis p + 1) <= variation x mid.
Proof.
  intros p s pre x el mid post Hp Hs H A B. apply Forall_app in H. destruct H as [H1 H2].
  rewrite app_comm_cons in *. apply Forall_app in H2. destruct H2 as [H2 _].
  rewrite still_prefix by exact A. rewrite still_suffix.
  - apply T17_iv_reversals; auto. now apply run_ok.
  - unfold appetite_run in *. now rewrite fold_left_app in B.
Qed.
