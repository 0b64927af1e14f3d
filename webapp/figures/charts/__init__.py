"""What plotly draws: rankings and curves."""
