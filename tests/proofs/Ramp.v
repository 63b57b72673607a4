(** The schedule of parameters and its ramp (SPEC D7, D8, T7), as [src/schedule.rs] computes them. *)

Require Import ZArith Lia List Bool.
From Damper Require Import Kernels Health.
Import ListNotations.
Open Scope Z_scope.

(* ------------------------------------------------------------------------------------------------------------ *)
(** * Definitions *)

(** [ScheduleParams] *)
Record schedule_params := mkSchedule
  { s_calm : parameters; s_stressed : parameters; sigma_calm : Z; sigma_stressed : Z; s_ramp : Z; s_max_step : Z }.

(** An [s] of one: steps of 2^-63. *)
Definition SONE : Z := 2 ^ 63.

(** [schedule::speed_floor] *)
Definition speed_floor (p : schedule_params) : option Z :=
  let lowest := liquidation_threshold (s_stressed p) in
  let? range := ratio_sub (liquidation_threshold (s_calm p)) lowest in
  if s_ramp p =? 0 then Some 0
  else if range =? 0 then Some SONE
  else let? speed := mul_div_floor (s_ramp p * lowest) (2 ^ 15) range in
       Some (Z.min speed SONE).
(** [ScheduleConfig::new]: the speed of a sound schedule. *)
Definition schedule_new (p : schedule_params) : option Z :=
  let c := s_calm p in let s := s_stressed p in
  if (liquidation_threshold s =? 0) || negb (parameters_check c) || negb (parameters_check s)
     || (max_ltv c <? max_ltv s) || (liquidation_threshold c <? liquidation_threshold s)
     || (bonus s <? bonus c) || (margin s <? margin c) || (auction_buffer s <? auction_buffer c)
     || (sigma_stressed p <=? sigma_calm p)
  then None else speed_floor p.
(** [ScheduleConfig::target_ceil] *)
Definition target_ceil (p : schedule_params) (sigma : Z) : Z :=
  if sigma <=? sigma_calm p then 0
  else if sigma_stressed p <=? sigma then SONE
  else share_ceil (sigma - sigma_calm p) (sigma_stressed p - sigma_calm p) 63.
(** [ScheduleConfig::toward]: the stress after [elapsed] seconds ([elapsed] not negative). *)
Definition toward (max_step speed target stress elapsed : Z) (frozen : bool) : Z :=
  if frozen then stress
  else
    let budget := Z.min SONE (speed * Z.min elapsed max_step) in
    if stress <? target then Z.min target (stress + budget) else Z.max target (stress - budget).
(** [ScheduleConfig::step]: stress and time after the step. *)
Definition schedule_step (p : schedule_params) (speed : Z) (state : Z * Z) (sigma now : Z) (frozen : bool)
  : option (Z * Z) :=
  let '(stress, at_) := state in
  if now <? at_ then None
  else Some (toward (s_max_step p) speed (target_ceil p sigma) stress (now - at_) frozen, now).
(** [part_floor], [part_ceil], [falling_floor], [rising_floor], [rising_ceil] of [schedule] *)
Definition s_part_floor (whole s : Z) : option Z := fit64 (whole * s / SONE).
Definition s_part_ceil (whole s : Z) : option Z := fit64 (cdiv (whole * s) SONE).
Definition falling_floor (calm stressed s : Z) : option Z :=
  let? d := ratio_sub calm stressed in let? x := s_part_ceil d s in ratio_sub calm x.
Definition rising_floor (calm stressed s : Z) : option Z :=
  let? d := ratio_sub stressed calm in let? x := s_part_floor d s in ratio_add calm x.
Definition rising_ceil (calm stressed s : Z) : option Z :=
  let? d := ratio_sub stressed calm in let? x := s_part_ceil d s in ratio_add calm x.
(** [ScheduleConfig::between]: the parameters at [s], with max LTV at the larger of [s] and the target. *)
Definition between (p : schedule_params) (s target : Z) : option parameters :=
  let c := s_calm p in let d := s_stressed p in
  let tight := Z.max s target in
  if tight =? 0 then Some c
  else if s =? SONE then Some d
  else
    let? ltv := falling_floor (max_ltv c) (max_ltv d) tight in
    let? threshold := falling_floor (liquidation_threshold c) (liquidation_threshold d) s in
    let? margin := rising_ceil (margin c) (margin d) s in
    let? room := ratio_sub ONE margin in
    let? full := rising_floor (bonus c) (bonus d) s in
    let? bonus :=
      match (let? b := ratio_mul_ceil threshold full in ratio_add b threshold) with
      | Some claim => if claim <=? room then Some full
                      else let? free := ratio_sub room threshold in ratio_div_floor free threshold
      | None => let? free := ratio_sub room threshold in ratio_div_floor free threshold
      end in
    let? buffer := rising_ceil (auction_buffer c) (auction_buffer d) s in
    Some (mkParameters ltv threshold bonus margin buffer).
(** [ScheduleConfig::in_force] *)
Definition in_force (p : schedule_params) (stress sigma : Z) : option parameters := between p stress (target_ceil p sigma).

(** The example of [ScheduleConfig::step]. *)
Definition ex_schedule : option (list Z) :=
  let pc n := ratio_of_floor (n * 100) 10000 in
  let? p75 := pc 75 in let? p80 := pc 80 in let? p5 := pc 5 in let? p10 := pc 10 in
  let? p50 := pc 50 in let? p60 := pc 60 in let? p15 := pc 15 in let? p20 := pc 20 in let? p1 := pc 1 in
  let calm := mkParameters p75 p80 p5 p10 p10 in
  let stressed := mkParameters p50 p60 p5 p10 p10 in
  let cfg := mkSchedule calm stressed p5 p15 (p1 / 3600) 3600 in
  let? speed := schedule_new cfg in
  let? first := in_force cfg 0 p20 in
  let? hour := schedule_step cfg speed (0, 0) p20 3600 false in
  let? second := in_force cfg (fst hour) p20 in
  let? frozen := schedule_step cfg speed (0, 0) p20 3600 true in
  Some [if max_ltv first =? p50 then 1 else 0; if liquidation_threshold first =? p80 then 1 else 0;
        liquidation_threshold second * 10000 / ONE; fst frozen].
Example ex_ramp : ex_schedule = Some [1; 1; 7940; 0].
Proof. vm_compute. reflexivity. Qed.
