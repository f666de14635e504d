"""What a yard is and how it changes: no Qt, no VTK, no input or output but the journal's."""
