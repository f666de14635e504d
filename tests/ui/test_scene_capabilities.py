from ui.scene.stage import Stage


def test_a_fresh_stage_names_the_renderer_it_draws_with(qapp):
    stage = Stage((64, 48))
    try:
        assert "OpenGL renderer" in stage.capabilities()
    finally:
        stage.close()
