-- Bulk operations go on where the last call ended.

-- Changed signatures: CREATE OR ALTER takes them as they are.
