"""Questions that lean on the answer before: every way to go on from it, ranked together with reading them by themselves."""
