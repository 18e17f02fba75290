"""One module for each command of `vectormill`: options in, a job run, its outcome printed."""
