"""The `EdgeAutoscaler` resource: its model, its CRD made from the model, and how text becomes a specification."""
