// Only the link flags are wanted from this target: CVips includes libvips' headers itself, and Swift sees CVips alone.
