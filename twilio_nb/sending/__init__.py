"""What leaves for Twilio: rules, and Twilio's REST API."""
