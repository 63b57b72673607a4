(** What the theorems rest on: each line of the output must be "Closed under the global context". *)

From Damper Require Import Ledger LedgerSafe Ordered Observed TheoremA Compose Hedge Rational Unshown Rises Factor.

(* Ledger: D3, D5, N1, I1, I2. *)
Print Assumptions D3_drawdown_floor.
Print Assumptions N1_no_overflow_is_reachable.
Print Assumptions I1_rises_only_under_the_cap.
Print Assumptions I2_zero_means_zero.
Print Assumptions D5_reanchor_tightens.
Print Assumptions D5_permitted_at_is_enough.

(* T-A and its corollaries, T2, T3. *)
Print Assumptions T_A_i_leak.
Print Assumptions T_A_ii_cap.
Print Assumptions T_A_iii_charges.
Print Assumptions H2_used_is_seen.
Print Assumptions H2_seen_is_fallen.
Print Assumptions H1_charges_reach_the_impact.
Print Assumptions H1_displacement.
Print Assumptions T_A_charges_overstate.
Print Assumptions T_A_amplification.
Print Assumptions restrained_charges.
Print Assumptions T_A_restrained.
Print Assumptions T_A_bound_ceil.
Print Assumptions T_A_closed_loop.
Print Assumptions T_A_rational.
Print Assumptions a_logarithm_exists.
Print Assumptions A1_interval.
Print Assumptions A2_recovering.
Print Assumptions A2_bound.
Print Assumptions A2_bound_needs_displacement_above_zero.
Print Assumptions A3_gain_form.
Print Assumptions A4_attained.
Print Assumptions T2_every_interval.
Print Assumptions T3_no_burst_after_a_halt.

(* T0. *)
Print Assumptions T0_certificate.

(* T4. *)
Print Assumptions T4_sizing.
Print Assumptions T4_sizing_grid.
Print Assumptions T4_product_needs_no_share.
Print Assumptions T4_shares.
Print Assumptions T4_shares_of_one_ledger.
Print Assumptions T4_joint_bound.
Print Assumptions T4_foreign_gain_is_kappa.
Print Assumptions T4_shares_keep_the_bound.
Print Assumptions T4_narrowed.
Print Assumptions T4_last_check.
Print Assumptions T4_factor.
Print Assumptions T4_several_assets.
Print Assumptions T4_every_round_leaves_a_bound.

(* T5. *)
Print Assumptions T5_floor.
Print Assumptions T5_loop_gain.
Print Assumptions T5_loop_bound.
Print Assumptions T5_gamma.
Print Assumptions H2_used_rise_is_seen.
Print Assumptions H2_seen_is_risen.
Print Assumptions T5_two_sided.
Print Assumptions T5_permanent_purchases.
Print Assumptions T5_half.
