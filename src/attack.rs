//! What pushing the price costs, and what the rules let an attacker collect.
