"""Pictures in, what the models say about them out. Knows neither rules nor the site file."""
