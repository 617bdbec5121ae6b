// This target only provides link flags: CQpdf includes qpdf's headers itself, and Swift imports CQpdf only.
