// Only the link flags are wanted from this target: CGsf includes libgsf's headers itself, and Swift sees CGsf alone.
