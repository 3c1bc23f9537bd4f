"""What is a violation: three-valued predicates per subject, one hold timer, one incident per zone and rule."""
