// Only the link flags are wanted from this target: CQpdf includes qpdf's headers itself, and Swift sees CQpdf alone.
