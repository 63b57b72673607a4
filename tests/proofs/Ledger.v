(** Executable model of the impact ledger, over Z, in the fixed point of the crate. Spec: D3, D4, D5, D24.

    Every definition is total and computes what the named function of the crate computes, bit for bit: a ratio is its
    raw value (steps of 2^-48, 0 to 2^64 - 1), a time is a count of seconds (0 to 2^64 - 1), a price is its two words.
    [Z.div] is the floor. An error is the code of section 8 of SPEC.md. Nothing here is proved; the proofs about it are in
    LedgerSafe.v. *)

From Coq Require Import ZArith Bool.
Local Open Scope Z_scope.

(** ** Results *)

Inductive result (A : Type) : Type :=
| Ok (value : A)
| Err (code : Z).
Arguments Ok {A} value.
Arguments Err {A} code.

Definition bind {A B : Type} (r : result A) (f : A -> result B) : result B :=
  match r with Ok a => f a | Err e => Err e end.

Definition to_option {A : Type} (r : result A) : option A :=
  match r with Ok a => Some a | Err _ => None end.

Definition Overflow : Z := 100.
Definition DivisionByZero : Z := 101.
Definition Underflow : Z := 102.
Definition TimeReversed : Z := 110.
Definition BookShareRange : Z := 308.
Definition KappaBelowOne : Z := 600.
Definition KappaTimesOwnShare : Z := 601.
Definition NotPermitted : Z := 602.
Definition ClockReversed : Z := 603.
Definition BurstRange : Z := 604.
Definition TwoSidedGain : Z := 1600.
Definition OtherSideUnshown : Z := 1601.

(** ** Ratio (ratio.rs): 48 fractional bits in a word of 64 *)

(** [Ratio::ONE], and the first value that is no ratio. *)
Definition ONE : Z := 2 ^ 48.
Definition WORD : Z := 2 ^ 64.

(** The ceiling of a quotient, for a divisor above zero. *)
Definition cdiv (a b : Z) : Z := - ((- a) / b).

(** [Ratio::narrow]; also a sum of two words. *)
Definition narrow (bits : Z) : result Z := if bits <? WORD then Ok bits else Err Overflow.

(** [Ratio::checked_add], [checked_sub], [excess_over]. *)
Definition ratio_add (a b : Z) : result Z := narrow (a + b).
Definition ratio_sub (a b : Z) : result Z := if b <=? a then Ok (a - b) else Err Underflow.
Definition excess_over (a b : Z) : Z := Z.max 0 (a - b).

(** [Ratio::mul_floor], [mul_ceil]. *)
Definition mul_floor (a b : Z) : result Z := narrow (a * b / ONE).
Definition mul_ceil (a b : Z) : result Z := narrow (cdiv (a * b) ONE).

(** [Ratio::from_fraction_floor], [from_fraction_ceil]. *)
Definition fraction_floor (n d : Z) : result Z := if d =? 0 then Err DivisionByZero else narrow (n * ONE / d).
Definition fraction_ceil (n d : Z) : result Z := if d =? 0 then Err DivisionByZero else narrow (cdiv (n * ONE) d).

(** [Ratio::div_floor], [div_ceil]. *)
Definition div_floor (a b : Z) : result Z := fraction_floor a b.
Definition div_ceil (a b : Z) : result Z := fraction_ceil a b.

(** ** Time and rates (units.rs) *)

(** [Timestamp::since], [Timestamp::checked_add]. *)
Definition since (later earlier : Z) : result Z := if earlier <=? later then Ok (later - earlier) else Err TimeReversed.
Definition time_add (t seconds : Z) : result Z := narrow (t + seconds).

(** [Rate::over], [Rate::over_at_most]; a rate is its ratio per second. *)
Definition over (rate seconds : Z) : result Z := narrow (rate * seconds).
Definition over_at_most (rate seconds limit : Z) : Z :=
  match over rate seconds with Ok change => Z.min change limit | Err _ => limit end.

(** ** Price (price.rs): significand in 2^63 to 2^64 - 1, times 2^(exponent - 63) *)

Record price : Set := mk_price { exponent : Z; significand : Z }.

(** The value of a price in steps of 2^-191, an integer for every price. *)
Definition price_value (p : price) : Z := significand p * 2 ^ (exponent p + 128).

(** [Price::below]. *)
Definition price_lt (p q : price) : bool :=
  if exponent p =? exponent q then significand p <? significand q else exponent p <? exponent q.
(** [p <= q] is [!q.below(p)]. *)
Definition price_le (p q : price) : bool := negb (price_lt q p).
(** [Price::min], [Price::max], as the crate writes them. *)
Definition price_min (p q : price) : price := if price_lt q p then q else p.
Definition price_max (p q : price) : price := if price_lt p q then q else p.

(** [Price::ratio_floor], [Price::ratio_ceil]. *)
Definition price_ratio_floor (p q : price) : result Z := narrow (price_value p * ONE / price_value q).
Definition price_ratio_ceil (p q : price) : result Z := narrow (cdiv (price_value p * ONE) (price_value q)).

(** [Price::drawdown_floor]: from [q] down to [p], at least zero. *)
Definition drawdown_floor (p q : price) : Z :=
  match price_ratio_ceil p q with Ok share => excess_over ONE share | Err _ => 0 end.

(** A price as the crate can hold it: [Price::from_parts] accepts exactly these. *)
Definition price_ok (p : price) : bool :=
  (-128 <=? exponent p) && (exponent p <=? 127) && (2 ^ 63 <=? significand p) && (significand p <? WORD).

(** ** Window (window.rs). Spec: D4 *)

Record band : Set := mk_band { low : price; high : price }.

Record window : Set := mk_window { opened : Z; current : band; previous : band }.

(** [Window::open_band]. *)
Definition window_open (b : band) (now : Z) : window := mk_window now b b.

(** [Window::observe_band]. *)
Definition window_observe (w : window) (b : band) (now width : Z) : result window :=
  bind (since now (opened w)) (fun age =>
    if age <? width then
      Ok (mk_window (opened w)
            (mk_band (price_min (low (current w)) (low b)) (price_max (high (current w)) (high b)))
            (previous w))
    else Ok (mk_window now b (if width =? 0 then b else current w))).

(** [Window::low], [Window::high]. *)
Definition window_low (w : window) : price := price_min (low (current w)) (low (previous w)).
Definition window_high (w : window) : price := price_max (high (current w)) (high (previous w)).

(** ** Parameters (ledger.rs). Spec: D5 *)

Record params : Set := mk_params { burst : Z; leak : Z; own_share : Z; kappa : Z }.

(** [LedgerConfig::new]: the parameters, checked. *)
Definition config_new (c : params) : result params :=
  if ONE <? burst c then Err BurstRange
  else if kappa c <? ONE then Err KappaBelowOne
  else match mul_ceil (kappa c) (own_share c) with
       | Ok gain => if gain <? ONE then Ok c else Err KappaTimesOwnShare
       | Err _ => Err KappaTimesOwnShare
       end.

(** [LedgerConfig::shared]. *)
Definition config_shared (c : params) (share : Z) : result params :=
  if ONE <? share then Err BookShareRange
  else bind (mul_floor (burst c) share) (fun b =>
       bind (mul_floor (leak c) share) (fun r =>
       bind (mul_floor (own_share c) share) (fun h =>
       Ok (mk_params b r h (kappa c))))).

(** [LedgerConfig::bound_ceil]; exogenous fall, noise and elapsed seconds of [Exposure]. Spec: T-A. *)
Definition bound_ceil (c : params) (exogenous noise elapsed : Z) : result Z :=
  bind (ratio_add (own_share c) (own_share c)) (fun twice =>
  bind (mul_ceil twice noise) (fun noisy =>
  bind (over (leak c) elapsed) (fun leaked =>
  bind (ratio_add (burst c) leaked) (fun sum =>
  bind (ratio_add sum noisy) (fun own =>
  bind (mul_ceil (kappa c) own) (fun scaled =>
  bind (ratio_add exogenous scaled) (fun numerator =>
  bind (mul_ceil (kappa c) (own_share c)) (fun gain =>
  bind (ratio_sub ONE gain) (fun rest =>
  div_ceil numerator rest))))))))).

(** ** The ledger (ledger.rs). Spec: D5 *)

Record ledger : Set := mk_ledger {
  reference : price;
  lowest : price;
  drawdown : Z;
  level : Z;
  reserved : Z;
  time : Z
}.

(** [Ledger::open] on a band, [Ledger::open_rise]. *)
Definition ledger_open (b : band) (now : Z) : ledger := mk_ledger (low b) (low b) 0 0 0 now.
Definition ledger_open_rise (b : band) (now : Z) : ledger := mk_ledger (high b) (high b) 0 0 0 now.

(** [Ledger::advance]. The level of zero needs no case of its own: its excess is zero. *)
Definition ledger_advance (l : ledger) (c : params) (now : Z) : result ledger :=
  match since now (time l) with
  | Err _ => Err ClockReversed
  | Ok elapsed =>
      Ok (mk_ledger (reference l) (lowest l) (drawdown l)
            (if level l =? 0 then 0 else excess_over (level l) (over_at_most (leak c) elapsed (level l)))
            (reserved l) now)
  end.

(** [Ledger::see] and [Ledger::observe], of the extremes of a window. *)
Definition ledger_see (l : ledger) (lo hi : price) : ledger :=
  if price_le (reference l) lo then mk_ledger lo lo 0 (level l) (reserved l) (time l)
  else if price_lt hi (lowest l) then
    mk_ledger (reference l) hi (drawdown_floor hi (reference l)) (level l) (reserved l) (time l)
  else l.

Definition ledger_observe (l : ledger) (w : window) : ledger := ledger_see l (window_low w) (window_high w).

(** [Ledger::see_rise]: up and down exchanged. *)
Definition ledger_see_rise (l : ledger) (lo hi : price) : ledger :=
  if price_le hi (lowest l) then mk_ledger hi hi 0 (level l) (reserved l) (time l)
  else if price_lt (reference l) lo then
    mk_ledger lo (lowest l) (drawdown_floor (lowest l) lo) (level l) (reserved l) (time l)
  else l.

(** [Ledger::reanchor]. *)
Definition ledger_reanchor (l : ledger) (p : price) : result ledger :=
  if price_lt (reference l) p then Err NotPermitted
  else Ok (mk_ledger p p 0 (level l) (reserved l) (time l)).

(** [Ledger::cap]: the two errors that cannot occur are replaced as the crate replaces them. *)
Definition cap (c : params) (l : ledger) : Z :=
  let earned := match mul_floor (own_share c) (drawdown l) with Ok e => e | Err _ => 0 end in
  match ratio_add (burst c) earned with Ok sum => sum | Err _ => burst c end.

(** [Ledger::headroom]. *)
Definition headroom (c : params) (l : ledger) : Z := excess_over (excess_over (cap c l) (level l)) (reserved l).

(** [Ledger::reserve]. *)
Definition ledger_reserve (l : ledger) (c : params) (impact : Z) : result ledger :=
  if headroom c l <? impact then Err NotPermitted
  else bind (ratio_add (reserved l) impact) (fun r =>
       Ok (mk_ledger (reference l) (lowest l) (drawdown l) (level l) r (time l))).

(** [Ledger::charge]. *)
Definition ledger_charge (l : ledger) (c : params) (impact : Z) : result ledger :=
  if headroom c l <? excess_over impact (reserved l) then Err NotPermitted
  else bind (ratio_add (level l) impact) (fun v =>
       Ok (mk_ledger (reference l) (lowest l) (drawdown l) v (excess_over (reserved l) impact) (time l))).

(** [Ledger::release_to]. *)
Definition ledger_release_to (l : ledger) (needed : Z) : ledger :=
  mk_ledger (reference l) (lowest l) (drawdown l) (level l) (Z.min (reserved l) needed) (time l).

(** [Ledger::permitted_at]. *)
Definition permitted_at (l : ledger) (c : params) (impact : Z) : result (option Z) :=
  if impact <=? headroom c l then Ok (Some (time l))
  else match bind (ratio_add impact (reserved l)) (fun sum => ratio_add sum (level l)) with
       | Err _ => Ok None
       | Ok sum =>
           let missing := excess_over sum (cap c l) in
           if missing =? 0 then Ok (Some (time l))
           else if (level l <? missing) || (leak c =? 0) then Ok None
           else bind (time_add (time l) (cdiv missing (leak c))) (fun t => Ok (Some t))
       end.

(** The check on what is read as a ledger ([stored!] in ledger.rs). *)
Definition ledger_stored_ok (l : ledger) : bool :=
  price_le (lowest l) (reference l) && (drawdown l =? drawdown_floor (lowest l) (reference l)).

(** ** Two-sided ledger (two_sided.rs). Spec: D24 *)

Inductive side : Set := Sell | Buy.

Record two_params : Set := mk_two_params { sell_params : params; buy_params : params }.

(** [TwoSidedConfig::side]. *)
Definition side_params (c : two_params) (s : side) : params :=
  match s with Sell => sell_params c | Buy => buy_params c end.

(** [TwoSidedConfig::gain_ceil]. *)
Definition two_gain_ceil (c : two_params) : result Z :=
  bind (mul_ceil (kappa (sell_params c)) (own_share (sell_params c))) (fun s =>
  bind (mul_ceil (kappa (buy_params c)) (own_share (buy_params c))) (fun b =>
  ratio_add s b)).

(** [TwoSidedConfig::new]. *)
Definition two_config_new (c : two_params) : result two_params :=
  bind (config_new (sell_params c)) (fun _ =>
  bind (config_new (buy_params c)) (fun _ =>
  bind (two_gain_ceil c) (fun gain =>
  if gain <? ONE then Ok c else Err TwoSidedGain))).

(** [TwoSidedConfig::shared]. *)
Definition two_config_shared (c : two_params) (share : Z) : result two_params :=
  bind (config_shared (sell_params c) share) (fun s =>
  bind (config_shared (buy_params c) share) (fun b =>
  Ok (mk_two_params s b))).

(** One side of [TwoSidedConfig::displaced_ceil]. *)
Definition displaced_part (c : params) (exogenous noise elapsed : Z) : result Z :=
  bind (ratio_add (own_share c) (own_share c)) (fun twice =>
  bind (mul_ceil twice noise) (fun noisy =>
  bind (mul_ceil (own_share c) exogenous) (fun earned =>
  bind (over (leak c) elapsed) (fun leaked =>
  bind (ratio_add (burst c) leaked) (fun sum =>
  bind (ratio_add sum noisy) (fun sum =>
  bind (ratio_add sum earned) (fun own =>
  mul_ceil (kappa c) own))))))).

Definition displaced_ceil (c : two_params) (fall rise noise elapsed : Z) : result Z :=
  bind (displaced_part (sell_params c) fall noise elapsed) (fun s =>
  bind (displaced_part (buy_params c) rise noise elapsed) (fun b =>
  bind (ratio_add s b) (fun numerator =>
  bind (two_gain_ceil c) (fun gain =>
  bind (ratio_sub ONE gain) (fun rest =>
  div_ceil numerator rest))))).

(** [TwoSidedConfig::bound_fall_ceil], [TwoSidedConfig::bound_rise_ceil]. *)
Definition bound_fall_ceil (c : two_params) (fall rise noise elapsed : Z) : result Z :=
  bind (displaced_ceil c fall rise noise elapsed) (fun d => ratio_add fall d).
Definition bound_rise_ceil (c : two_params) (fall rise noise elapsed : Z) : result Z :=
  bind (displaced_ceil c fall rise noise elapsed) (fun d => ratio_add rise d).

(** The time of a side's last trade, if there was one ([Last]). *)
Record two_sided : Set := mk_two_sided {
  sell : ledger;
  buy : ledger;
  sold : option Z;
  bought : option Z
}.

(** [TwoSided::open]. *)
Definition two_open (b : band) (now : Z) : two_sided :=
  mk_two_sided (ledger_open b now) (ledger_open_rise b now) None None.

(** [TwoSided::advance]. *)
Definition two_advance (t : two_sided) (c : two_params) (now : Z) : result two_sided :=
  bind (ledger_advance (sell t) (sell_params c) now) (fun s =>
  bind (ledger_advance (buy t) (buy_params c) now) (fun b =>
  Ok (mk_two_sided s b (sold t) (bought t)))).

(** [TwoSided::observe], of the extremes of a window. *)
Definition two_see (t : two_sided) (lo hi : price) : two_sided :=
  mk_two_sided (ledger_see (sell t) lo hi) (ledger_see_rise (buy t) lo hi) (sold t) (bought t).
Definition two_observe (t : two_sided) (w : window) : two_sided := two_see t (window_low w) (window_high w).

(** The ledger of a side, and the state with another one. *)
Definition side_ledger (t : two_sided) (s : side) : ledger := match s with Sell => sell t | Buy => buy t end.
Definition with_side (t : two_sided) (s : side) (l : ledger) : two_sided :=
  match s with
  | Sell => mk_two_sided l (buy t) (sold t) (bought t)
  | Buy => mk_two_sided (sell t) l (sold t) (bought t)
  end.

(** [TwoSided::reserve]. *)
Definition two_reserve (t : two_sided) (c : two_params) (s : side) (impact : Z) : result two_sided :=
  bind (ledger_reserve (side_ledger t s) (side_params c s) impact) (fun l => Ok (with_side t s l)).

(** [TwoSided::charge]; [shown] is the source time of the depth that the impact was measured on. *)
Definition two_charge (t : two_sided) (c : two_params) (s : side) (impact shown : Z) : result two_sided :=
  let unshown := match (match s with Sell => bought t | Buy => sold t end) with
                 | Some other => shown <=? other
                 | None => false
                 end in
  if unshown then Err OtherSideUnshown
  else bind (ledger_charge (side_ledger t s) (side_params c s) impact) (fun l =>
       let now := Some (time (sell t)) in
       Ok (match s with
           | Sell => mk_two_sided l (buy t) now (bought t)
           | Buy => mk_two_sided (sell t) l (sold t) now
           end)).

(** [TwoSided::release_to]. *)
Definition two_release_to (t : two_sided) (s : side) (needed : Z) : two_sided :=
  with_side t s (ledger_release_to (side_ledger t s) needed).
