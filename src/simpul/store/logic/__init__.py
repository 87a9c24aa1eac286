"""Pure parts of the store: bytes, trees and sums; no engine, no file, no clock."""
