-- remember --
-- The latest of its kind.
INSERT INTO memory (camera, what, saved, body) VALUES (:camera, :what, :saved, :body)
ON CONFLICT (camera, what) DO UPDATE SET saved = excluded.saved, body = excluded.body;

-- remembered --
-- All of one kind.
SELECT camera, saved, body FROM memory WHERE what = :what;

-- forget_memory --
-- One thing of one camera.
DELETE FROM memory WHERE camera = :camera AND what = :what;
