"""What a person sees in the notebook: magics and results."""
