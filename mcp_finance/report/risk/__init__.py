"""Charts of risk: fans, tornadoes, heat tables, frontiers and the draws behind a payoff curve, from plain figures."""
