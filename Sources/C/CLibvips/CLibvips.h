// This target only provides link flags: CVips includes libvips' headers itself, and Swift imports CVips only.
