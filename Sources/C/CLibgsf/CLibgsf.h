// This target only provides link flags: CGsf includes libgsf's headers itself, and Swift imports CGsf only.
