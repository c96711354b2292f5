"""The official Python client over stdio and HTTP, in both eras. It validates results against the output schemas."""

import asyncio

from mcp import Client, MCPError, StdioServerParameters

from story import ENDPOINT, SERVER, STORY, TOOL_NAMES, check, check_result, fill, finish, keep, opening, service

INVALID_PARAMS = -32602


async def play(client, name):
    known = opening()
    for step in STORY:
        with check(f"{name}: {step['tool']}{' rejected' if 'refused' in step else ''}"):
            result = await client.call_tool(step["tool"], fill(step["arguments"], known))
            text = "\n".join(getattr(block, "text", "") for block in result.content)
            check_result(step, result.is_error, text, result.structured_content)
            keep(step, result.structured_content, known)


async def call_unknown_tool(client):
    try:
        await client.call_tool("createWorkLog", {})
    except MCPError as error:
        assert error.code == INVALID_PARAMS, error
        assert "createWorklog" in str(error), f"the closest match is not named: {error}"
    else:
        raise AssertionError("accepted")


async def exercise(name, server, mode, version):
    with check(f"{name}: connect and close"):
        async with Client(server, mode=mode) as client:
            with check(f"{name}: protocol {version}"):
                assert client.protocol_version == version, client.protocol_version
                assert client.server_info and client.server_info.name == "tempo-mcp", client.server_info
                assert client.instructions, "no instructions"
            with check(f"{name}: tools/list"):
                tools = (await client.list_tools()).tools
                assert [tool.name for tool in tools] == TOOL_NAMES, [tool.name for tool in tools]
                assert all(tool.output_schema for tool in tools)
            await play(client, name)
            with check(f"{name}: unknown tool"):
                await call_unknown_tool(client)


for mode, version in [("auto", "2026-07-28"), ("legacy", "2025-11-25")]:
    if not ENDPOINT:
        stdio = StdioServerParameters(command=SERVER, args=["--sandbox"])
        asyncio.run(exercise(f"Python client {mode} over stdio", stdio, mode, version))
    over_http = f"Python client {mode} over HTTP"
    with service(over_http) as url:
        asyncio.run(exercise(over_http, url, mode, version))
finish()
