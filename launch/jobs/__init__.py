"""One function for each job: options as on the command line in, a `Result` out. Commands and `import vectormill` call these."""
