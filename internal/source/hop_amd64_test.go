package source

import "testing"

// TestShapeWithoutVectors reads as processors do that have none.
func TestShapeWithoutVectors(t *testing.T) {
	defer func(has bool) { hasVectors = has }(hasVectors)
	hasVectors = false
	TestShape(t)
}
