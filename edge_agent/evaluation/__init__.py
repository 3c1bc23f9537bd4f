"""Do the rules report what happened: truth, matching, figures, sweeps and the report page. No clock, no models."""
