import sys

sys.path.insert(0, "/work/main/tests/ui")
pytest_plugins = []


def test_p(workspace, visit):
    with visit(workspace) as page:
        page.get_by_role("link", name="Evaluate").click()
        m = page.locator(".stPlotlyChart").first
        m.locator("g.xtick").nth(2).wait_for()
        page.wait_for_timeout(4000)
        a = m.locator("g.xtick").nth(2).bounding_box()
        d = m.locator("g.ytick").nth(0).bounding_box()
        x, y = a["x"] + a["width"] / 2, d["y"] + d["height"] / 2
        print(a, d, x, y, page.evaluate("([x,y])=>document.elementFromPoint(x,y).outerHTML.slice(0,200)", [x, y]))
        page.mouse.move(x, y, steps=5)
        page.wait_for_timeout(1000)
        page.screenshot(path="/tmp/tester2/hover.png")
        page.evaluate(
            """()=>{window.ev=[]; const g=document.querySelector('.stPlotlyChart .js-plotly-plot'); for (const n of ['plotly_click','plotly_selected','plotly_selecting']) g.on(n,e=>window.ev.push(n+' '+(e&&e.points?e.points.length:'-')))}"""
        )
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(4000)
        print(page.evaluate("window.ev"), page.get_by_role("button").all_inner_texts()[:20])
        page.screenshot(path="/tmp/tester2/click.png")
