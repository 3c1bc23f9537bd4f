"""Where and when: zones with grace, who attends what, and schedules."""
